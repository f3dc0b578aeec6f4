import type { OrderStatus } from '../../crds/order.ts'
import { orderEvent } from '../../crds/reasons.ts'
import { orders } from '../../crds/resources.ts'
import type { AccountDoubts } from '../../issuers/acme/account-doubts.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import type { FoundIssuer } from '../../issuers/acme/find-issuer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { toRfc3339 } from '../../lib/instant.ts'
import type { FailureState } from './decide.ts'
import type { Solvers } from '../../solvers/solver.ts'
import type { OrderPacing } from './pacing.ts'
import type { OrderMemory, World } from './world.ts'

/** What an action on an Order works with. */
export interface OrderEffects {
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly events: EventRecorder
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly issuerOf: (world: World) => FoundIssuer
  readonly pacing: OrderPacing
  readonly solvers: Solvers
  readonly doubts: AccountDoubts
  readonly remember: (world: World, memory: OrderMemory) => void
}

export const FIELD_MANAGER = 'certwright'

/** What the status said about a wait that is over goes away with the next news. */
export async function write(effects: OrderEffects, { order }: World, news: Partial<OrderStatus>, signal: AbortSignal): Promise<void> {
  const { reason: _reason, ...kept } = order.status ?? {}
  await effects.cluster.patchStatus(orders, order, { ...kept, ...news }, { fieldManager: FIELD_MANAGER }, signal)
}

/** The Order has come to nothing. */
export async function fail(
  effects: OrderEffects,
  { state, reason, isSolverProblem }: { readonly state: FailureState; readonly reason: string; readonly isSolverProblem: boolean },
  world: World,
  signal: AbortSignal,
): Promise<void> {
  effects.pacing.ended(world.order, 'failed')
  await write(effects, world, { state, reason, failureTime: toRfc3339(effects.clock.now()) }, signal)
  if (isSolverProblem) effects.events.record(world.order, { type: 'Warning', reason: orderEvent.solver, message: reason })
}
