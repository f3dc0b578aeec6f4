import { challengeEvent } from '../../crds/reasons.ts'
import { challenges } from '../../crds/resources.ts'
import { outageDelay } from '../../issuers/acme/poll-delay.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { plus } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Solvers } from '../../solvers/solver.ts'
import { hasAnyFinalizer, removeFinalizers } from './finalizers.ts'
import type { ChallengeMemory, World } from './world.ts'

export interface CleanUpEffects {
  readonly cluster: Cluster
  readonly solvers: Solvers
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: () => number
  readonly remember: (world: World, memory: ChallengeMemory) => void
}

/** Takes back what was presented, then lets the Challenge go. */
export async function cleanUp(effects: CleanUpEffects, world: World, signal: AbortSignal): Promise<void> {
  const { challenge } = world
  try {
    await takeBack(effects.solvers, world, signal)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return failed(effects, world, error, signal)
  }
  if (hasAnyFinalizer(challenge)) await removeFinalizers(effects.cluster, challenge, signal)
}

/** Lets the Challenge go although something may be left, so that it and its namespace can be deleted. */
export async function giveUpCleanUp(effects: CleanUpEffects, { challenge }: World, signal: AbortSignal): Promise<void> {
  const { dnsName, type, token } = challenge.spec
  const message = `Gave up cleaning up after the ${type} challenge for ${dnsName}; what was presented for token ${token} may still be there`
  effects.events.record(challenge, { type: 'Warning', reason: challengeEvent.cleanUpError, message })
  await removeFinalizers(effects.cluster, challenge, signal)
}

async function takeBack(solvers: Solvers, { challenge, provenance }: World, signal: AbortSignal): Promise<void> {
  const solver = solvers[challenge.spec.type]
  if (solver !== undefined) return solver.cleanUp(challenge, provenance, signal)
  // Presented by somebody who knows more solvers than this version; we have presented nothing of the kind.
  if (challenge.status?.presented === true) {
    throw new OperatorError('challenge/cannotCleanUp', `${challenge.spec.type} solvers are not supported by this version`)
  }
}

async function failed(effects: CleanUpEffects, world: World, error: OperatorError, signal: AbortSignal): Promise<never> {
  const { challenge, memory } = world
  const failures = (memory.cleanUpFailures ?? 0) + 1
  const until = plus(effects.clock.now(), outageDelay(failures - 1, effects.random))
  const reason = `Failed to clean up: ${error.message}`
  effects.remember(world, { cleanUpFailures: failures, wait: { until, attempts: failures, why: reason } })
  effects.events.record(challenge, { type: 'Warning', reason: challengeEvent.cleanUpError, message: reason })
  await effects.cluster.patchStatus(challenges, challenge, { ...challenge.status, reason }, { fieldManager: 'certwright' }, signal)
  throw new OperatorError(error.code, error.message, { retry: { kind: 'at', at: until }, cause: error })
}
