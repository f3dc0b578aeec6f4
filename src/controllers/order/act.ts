import { AcmeError, describe, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { AcmeOrder } from '../../acme/order.ts'
import type { OrderStatus } from '../../crds/order.ts'
import { orderEvent } from '../../crds/reasons.ts'
import { orders } from '../../crds/resources.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import type { FoundIssuer } from '../../issuers/acme/find-issuer.ts'
import { limitReason, waitReason } from '../../issuers/acme/order-wait.ts'
import { outageDelay, pollAt, retryAt } from '../../issuers/acme/poll-delay.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { assertNever } from '../../lib/assert-never.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import { plus, toRfc3339 } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { createChallenge, deleteChallenge } from './challenge-writes.ts'
import type { Action, FailureState } from './decide.ts'
import { newOrder, newOrderInput } from './new-order.ts'
import type { OrderPacing } from './pacing.ts'
import { preferredChain } from './preferred-chain.ts'
import { readAuthorizations } from './read-authorizations.ts'
import type { OrderMemory, World } from './world.ts'

export interface OrderEffects {
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly events: EventRecorder
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly issuerOf: (world: World) => FoundIssuer
  readonly pacing: OrderPacing
  readonly remember: (world: World, memory: OrderMemory) => void
}

export const FIELD_MANAGER = 'certwright'

/** One effect. What the CA answers is written to the Order or remembered; a refusal becomes the Order's failure. */
export async function act(effects: OrderEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'record-order':
      return recordOrder(effects, world, signal)
    case 'show-processing':
      return write(effects, world, { state: 'processing' }, signal)
    case 'fail':
      return fail(effects, action, world, signal)
    case 'delete-challenge':
      return deleteChallenge(effects, action, world, signal)
    case 'create-challenge':
    case 'create-order':
    case 'read-authorizations':
    case 'read-order':
    case 'finalize':
    case 'store-certificate':
      return withCa(effects, action, world, signal)
    default:
      return assertNever(action)
  }
}

type CaAction = Extract<
  Action,
  { do: 'create-challenge' | 'create-order' | 'read-authorizations' | 'read-order' | 'finalize' | 'store-certificate' }
>

async function withCa(effects: OrderEffects, action: CaAction, world: World, signal: AbortSignal): Promise<void> {
  const found = effects.issuerOf(world)
  if (found.kind === 'missing') return
  const client = await effects.clients.for(found.issuer, signal)
  const ca: Ca = { client, ...found }
  try {
    await ask(effects, action, { ca, world }, signal)
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    await settle(effects, action, { error, world }, signal)
  }
}

interface Ca extends Pick<Extract<FoundIssuer, { kind: 'ok' }>, 'issuer' | 'acme'> {
  readonly client: AcmeClient
}

async function ask(
  effects: OrderEffects,
  action: CaAction,
  { ca, world }: { readonly ca: Ca; readonly world: World },
  signal: AbortSignal,
): Promise<void> {
  const { url = '', finalizeURL = '' } = world.order.status ?? {}
  switch (action.do) {
    case 'create-order':
      return createOrder(effects, ca, world, signal)
    case 'read-authorizations':
      return write(effects, world, { authorizations: await readAuthorizations(ca, world.order, signal) }, signal)
    case 'create-challenge':
      return createChallenge(effects, action, { ...ca, world }, signal)
    case 'read-order':
      return see(effects, world, await ca.client.order(url, signal))
    case 'finalize':
      // However the request ends, even cut off by a lost lease: what was seen before it is not to be finalized on again.
      effects.remember(world, inDoubt(world.memory))
      return seeFinalized(effects, world, await ca.client.finalize({ url, finalize: finalizeURL }, csrDerOf(world), signal))
    case 'store-certificate': {
      const chain = await preferredChain(ca.client, action.url, ca.acme.preferredChain, signal)
      await write(effects, world, { certificate: Buffer.from(chain).toString('base64'), state: 'valid' }, signal)
      effects.pacing.ended(world.order, 'issued')
      return effects.events.record(world.order, {
        type: 'Normal',
        reason: orderEvent.complete,
        message: 'The order is complete, the certificate is issued',
      })
    }
  }
}

async function createOrder(effects: OrderEffects, { client }: Ca, world: World, signal: AbortSignal): Promise<void> {
  const input = newOrderInput(world.order, await client.directory(signal), effects.clock.now())
  if (input.kind === 'impossible') return fail(effects, { state: 'errored', reason: input.why, isSolverProblem: false }, world, signal)
  const admission = effects.pacing.admit(world.order)
  if (admission.kind === 'wait') return keepAway(effects, admission, world, signal)
  const order = await effects.pacing.place(world.order, () => newOrder(client, input.order, signal))
  const memory = { seen: { order, at: effects.clock.now() } }
  effects.remember(world, memory)
  // The very next write: without the URL the order would be lost and another one be made.
  return recordOrder(effects, { ...world, memory }, signal)
}

/** The order is not placed yet, so that it does not run into the limits of the CA. */
function keepAway(
  effects: OrderEffects,
  { until, why }: { readonly until: Instant; readonly why: string },
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const reason = limitReason(why, until)
  effects.remember(world, { ...world.memory, wait: { until, attempts: 0, why: reason } })
  return write(effects, world, { reason }, signal)
}

function recordOrder(effects: OrderEffects, world: World, signal: AbortSignal): Promise<void> {
  const order = world.memory.seen?.order
  if (order === undefined) return Promise.resolve()
  const { url, finalize, status } = order
  return write(
    effects,
    world,
    { url, finalizeURL: finalize, state: status, authorizations: order.authorizations.map((authorization) => ({ url: authorization })) },
    signal,
  )
}

/** Remembers what the CA showed, and when it is worth asking again if that is not the end of it. */
function see(effects: OrderEffects, world: World, order: AcmeOrder): void {
  const now = effects.clock.now()
  const { seen: _seen, wait, ...kept } = world.memory
  const isUnderWay =
    order.status === 'pending' || order.status === 'processing' || (order.status === 'valid' && order.certificate === undefined)
  if (!isUnderWay) return effects.remember(world, { ...kept, seen: { order, at: now } })
  const attempts = wait?.attempts ?? 0
  const until = pollAt(now, { attempts, retryAfter: order.retryAfter })
  effects.remember(world, {
    ...kept,
    seen: { order, at: now },
    wait: { until, attempts: attempts + 1, why: `the order is ${order.status} at the CA` },
  })
}

function inDoubt({ seen: _seen, ...kept }: OrderMemory): OrderMemory {
  return kept
}

function seeFinalized(effects: OrderEffects, world: World, order: AcmeOrder): void {
  return order.status === 'ready' || order.status === 'pending' ? finalizedInVain(effects, world) : see(effects, world, order)
}

/** Finalizing left the order as it was: read it again after a while that grows. */
function finalizedInVain(effects: OrderEffects, world: World, refusal?: string): void {
  const times = world.memory.finalizedInVain ?? 0
  const until = plus(effects.clock.now(), refusal === undefined ? outageDelay(times, effects.random) : 0)
  const wait = { until, attempts: 0, why: 'the CA was not ready to finalize the order' }
  effects.remember(world, { finalizedInVain: times + 1, wait, ...(refusal === undefined ? {} : { refusal }) })
}

interface Failure {
  readonly error: AcmeError
  readonly world: World
}

async function settle(effects: OrderEffects, action: CaAction, { error, world }: Failure, signal: AbortSignal): Promise<void> {
  switch (verdictOf(error)) {
    case 'later':
    case 'unknown-account': // the issuer is about to register anew
      return postpone(effects, { error, world }, signal)
    case 'not-ready':
      return finalizedInVain(effects, world)
    case 'unknown-order':
    case 'already-replaced':
    case 'refused': {
      const reason = `${doing[action.do]}: ${describe(error)}`
      // The answer to an earlier attempt may have been lost: then the CA refuses to finalize again what it is issuing already.
      return action.do === 'finalize'
        ? finalizedInVain(effects, world, reason)
        : fail(effects, { state: 'errored', reason, isSolverProblem: false }, world, signal)
    }
  }
}

const doing: Readonly<Record<CaAction['do'], string>> = {
  'create-order': 'Failed to create the order at the CA',
  'read-authorizations': 'Failed to read the authorizations of the order',
  'create-challenge': 'Failed to create a Challenge',
  'read-order': 'Failed to read the order at the CA',
  finalize: 'Failed to finalize the order',
  'store-certificate': 'Failed to download the certificate',
}

/** The order stays as it is. Throws, so that the failed attempt is counted and the queue comes back in time. */
async function postpone(effects: OrderEffects, { error, world }: Failure, signal: AbortSignal): Promise<never> {
  const attempts = world.memory.wait?.attempts ?? 0
  const until = retryAt(effects.clock.now(), { attempts, retryAfter: error.retryAfter }, effects.random)
  const reason = waitReason(describe(error), error.retryAfter === undefined ? undefined : until)
  // A failed attempt leaves in doubt where the order stands; only an order whose URL is not stored yet must stay remembered.
  const seen = world.order.status?.url === undefined ? world.memory.seen : undefined
  const { seen: _seen, ...kept } = world.memory
  effects.remember(world, { ...kept, ...(seen === undefined ? {} : { seen }), wait: { until, attempts: attempts + 1, why: reason } })
  await write(effects, world, { reason }, signal)
  throw new OperatorError(error.code, error.message, { retry: { kind: 'at', at: until }, cause: error })
}

async function fail(
  effects: OrderEffects,
  { state, reason, isSolverProblem }: { readonly state: FailureState; readonly reason: string; readonly isSolverProblem: boolean },
  world: World,
  signal: AbortSignal,
): Promise<void> {
  effects.pacing.ended(world.order, 'failed')
  await write(effects, world, { state, reason, failureTime: toRfc3339(effects.clock.now()) }, signal)
  if (isSolverProblem) effects.events.record(world.order, { type: 'Warning', reason: orderEvent.solver, message: reason })
}

/** What the status said about a wait that is over goes away with the next news. */
async function write(effects: OrderEffects, { order }: World, news: Partial<OrderStatus>, signal: AbortSignal): Promise<void> {
  const { reason: _reason, ...kept } = order.status ?? {}
  await effects.cluster.patchStatus(orders, order, { ...kept, ...news }, { fieldManager: FIELD_MANAGER }, signal)
}

function csrDerOf(world: World): Uint8Array {
  return world.csr.kind === 'ok' ? world.csr.der : new Uint8Array()
}
