import type { Challenge } from '../../crds/challenge.ts'
import type { Service } from '../../kube/kinds.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import { MINUTE, plus } from '../../lib/instant.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import { keyOf, nameOf } from '../../runtime/object-key.ts'
import type { Plan, Reconciler } from '../../runtime/reconciler.ts'
import type { Trigger } from '../../runtime/trigger.ts'
import { onChangeOf } from '../../runtime/trigger.ts'
import type { SolverServices } from './solver-service.ts'
import { hasSolverService, removeServices } from './solver-service.ts'

export interface SolverServiceControllerDeps extends Pick<SolverServices, 'cluster' | 'endpointSlices'> {
  readonly services: Informer<Service>
  readonly challenges: Informer<Challenge>
  readonly clock: Clock
}

export interface SolverServiceWorld {
  readonly namespace: string
  readonly hasService: boolean
  readonly challenges: number
  /** Since when no Challenge has been seen there by this process. */
  readonly idleSince: Instant | undefined
}

export interface SolverServiceAction {
  readonly do: 'remove'
}

/** How long a Service without Challenges stays: the next renewal or a retry may need it, and a Service is slow to take effect. */
const IDLE = 10 * MINUTE

/**
 * Removes the solver Services of a namespace some time after the last Challenge, also one that an earlier run left behind. Its keys are
 * namespaces. The Challenges themselves create and repair them.
 */
export function solverServiceController(deps: SolverServiceControllerDeps): {
  readonly reconciler: Reconciler<SolverServiceWorld, SolverServiceAction>
  readonly triggers: readonly Trigger[]
} {
  const idleSince = new Map<ObjectKey, Instant>()
  const challengesIn = deps.challenges.index(({ metadata }) => [metadata.namespace ?? ''])
  return {
    reconciler: {
      name: 'solver-services',
      observe: async (key) => {
        const { name: namespace } = nameOf(key)
        const hasService = hasSolverService(deps, namespace)
        const challenges = challengesIn(namespace).length
        if (!hasService || challenges > 0) idleSince.delete(key)
        else if (!idleSince.has(key)) idleSince.set(key, deps.clock.now())
        return { namespace, hasService, challenges, idleSince: idleSince.get(key) }
      },
      decide: decideSolverService,
      act: (_action, { namespace }, signal) => removeServices(deps, namespace, signal),
    },
    triggers: [onChangeOf(deps.services, namespaceKey), onChangeOf(deps.challenges, namespaceKey)],
  }
}

/** Whether the Service of a namespace has had its time. */
export function decideSolverService({ hasService, challenges, idleSince }: SolverServiceWorld, now: Instant): Plan<SolverServiceAction> {
  if (!hasService) return { actions: [], because: 'there is no solver Service' }
  if (challenges > 0 || idleSince === undefined) return { actions: [], because: 'the solver Service is in use' }
  const removeAt = plus(idleSince, IDLE)
  if (now < removeAt) return { actions: [], wakeAt: removeAt, because: 'the solver Service may be needed again soon' }
  return { actions: [{ do: 'remove' }], because: 'no Challenge has needed the solver Service for a while' }
}

function namespaceKey({ metadata }: { readonly metadata: { readonly namespace?: string } }): readonly ObjectKey[] {
  return metadata.namespace === undefined ? [] : [keyOf({ name: metadata.namespace })]
}
