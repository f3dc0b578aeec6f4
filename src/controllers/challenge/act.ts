import { AcmeError, describe, verdictOf } from '../../acme/acme-error.ts'
import type { Authorization } from '../../acme/authorization.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { ChallengeStatus } from '../../crds/challenge.ts'
import { challengeEvent } from '../../crds/reasons.ts'
import { challenges } from '../../crds/resources.ts'
import type { AccountDoubts } from '../../issuers/acme/account-doubts.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import { readWaitReason, waitReason } from '../../issuers/acme/order-wait.ts'
import { outageDelay, pollAt, retryAt } from '../../issuers/acme/poll-delay.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { assertNever } from '../../lib/assert-never.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import { MINUTE, plus, SECOND, toRfc3339 } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Solvers } from '../../solvers/solver.ts'
import { authorizationOutcome } from './authorization-outcome.ts'
import { cleanUp, giveUpCleanUp } from './clean-up.ts'
import type { Action } from './decide.ts'
import { addFinalizer } from './finalizers.ts'
import type { SelfChecks } from './self-checks.ts'
import type { ChallengeMemory, Claim, World } from './world.ts'
import { nothingRemembered } from './world.ts'

export interface ChallengeEffects {
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly doubts: AccountDoubts
  readonly solvers: Solvers
  readonly events: EventRecorder
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly selfChecks: SelfChecks
  readonly remember: (world: World, memory: ChallengeMemory) => void
}

export const FIELD_MANAGER = 'certwright'

/** One effect. What the CA answers is written to the Challenge or remembered. */
export async function act(effects: ChallengeEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'clean-up':
      return cleanUp(effects, world, signal)
    case 'give-up-clean-up':
      return giveUpCleanUp(effects, world, signal)
    case 'add-finalizer':
      return addFinalizer(effects.cluster, world.challenge, signal)
    case 'show-reason':
      return write(effects, world, { reason: action.reason }, signal)
    case 'fail':
      return finish(effects, world, { state: 'errored', reason: action.reason }, signal)
    case 'present':
    case 'start-self-check':
    case 'accept':
    case 'read-authorization':
      if (world.claim.kind !== 'verified') return
      return pursue(effects, action.do, { world, claim: world.claim }, signal)
    default:
      return assertNever(action)
  }
}

interface Pursuit {
  readonly world: World
  readonly claim: Extract<Claim, { kind: 'verified' }>
}

async function pursue(
  effects: ChallengeEffects,
  step: 'present' | 'start-self-check' | 'accept' | 'read-authorization',
  { world, claim }: Pursuit,
  signal: AbortSignal,
): Promise<void> {
  if (step === 'present') return present(effects, { world, claim }, signal)
  if (step === 'start-self-check')
    return effects.selfChecks.start(world.challenge, (stop) => claim.solver.selfCheck(claim.presentation, stop), claim.solver.longestPause)

  const client = await effects.clients.for(claim.presentation.issuer, signal)
  try {
    await (step === 'accept' ? accept(effects, client, world, signal) : readAuthorization(effects, client, world, signal))
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    effects.doubts.weigh(claim.presentation.issuer, error)
    await settle(effects, step, { error, world }, signal)
  }
}

async function present(effects: ChallengeEffects, { world, claim }: Pursuit, signal: AbortSignal): Promise<void> {
  const { challenge } = world
  if (challenge.status?.processing !== true) {
    effects.events.record(challenge, { type: 'Normal', reason: challengeEvent.started, message: 'Work on the challenge has begun' })
  }
  const began = effects.clock.now()
  const outcome = await claim.solver.present(claim.presentation, signal)
  if (outcome.kind === 'waiting') {
    effects.events.record(challenge, { type: 'Warning', reason: challengeEvent.presentError, message: outcome.why })
    const attempts = world.memory.wait?.attempts ?? 0
    const rest = Math.min(REST * (effects.clock.now() - began), 5 * MINUTE)
    const usual = Math.min(outageDelay(attempts, effects.random), patienceAfter(attempts))
    const until = outcome.retryAt ?? plus(effects.clock.now(), Math.max(usual, rest))
    effects.remember(world, { ...world.memory, wait: { until, attempts: attempts + 1, why: outcome.why } })
    return write(effects, world, { processing: true, reason: outcome.why }, signal)
  }
  if (world.memory.wait !== undefined) effects.remember(world, nothingRemembered)
  const { presented, processing, presentedAt } = challenge.status ?? {}
  if (presented === true && processing === true && presentedAt !== undefined) return

  const now = toRfc3339(effects.clock.now())
  await write(effects, world, { processing: true, presented: true, presentedAt: presentedAt ?? now, state: 'pending' }, signal)
  effects.events.record(challenge, {
    type: 'Normal',
    reason: challengeEvent.presented,
    message: outcome.note ?? `Presented the answer to the ${challenge.spec.type} challenge`,
  })
}

/** Where nobody answers, a try takes seconds of a worker: it rests so many times as long, so that hundreds of such do not take all of them. */
const REST = 8

/** The user is at it right now, as often as not; after some minutes probably not. */
function patienceAfter(attempts: number): number {
  return attempts < 20 ? 15 * SECOND : 5 * MINUTE
}

async function accept(effects: ChallengeEffects, client: AcmeClient, world: World, signal: AbortSignal): Promise<void> {
  const challenge = await client.acceptChallenge(world.challenge.spec.url, signal)
  await poll(effects, { ...world, memory: { isAccepted: true } }, challenge.retryAfter, signal)
}

async function readAuthorization(effects: ChallengeEffects, client: AcmeClient, world: World, signal: AbortSignal): Promise<void> {
  const { url, authorizationURL } = world.challenge.spec
  await judge(effects, world, await client.authorization(authorizationURL, signal), { url, signal })
}

async function judge(
  effects: ChallengeEffects,
  world: World,
  authorization: Authorization,
  { url, signal }: { readonly url: string; readonly signal: AbortSignal },
): Promise<void> {
  const outcome = authorizationOutcome(authorization, url, world.memory.refusal)
  if (outcome.kind === 'over') return finish(effects, world, outcome, signal)
  // The CA may have lost that we are ready: tell it again.
  const isForgotten = outcome.isUntouched && (world.memory.wait?.attempts ?? 0) >= PATIENT_POLLS
  await poll(effects, isForgotten ? { ...world, memory: {} } : world, outcome.retryAfter, signal)
}

/** About 20 s of polling. */
const PATIENT_POLLS = 10

async function poll(effects: ChallengeEffects, world: World, retryAfter: Instant | undefined, signal: AbortSignal): Promise<void> {
  const attempts = world.memory.wait?.attempts ?? 0
  const until = pollAt(effects.clock.now(), { attempts, retryAfter })
  effects.remember(world, { ...world.memory, wait: { until, attempts: attempts + 1, why: 'the CA is checking' } })
  // It answers again, and may take its time to check.
  if (readWaitReason(world.challenge.status?.reason ?? '') !== undefined) await write(effects, world, {}, signal)
}

async function settle(
  effects: ChallengeEffects,
  step: 'accept' | 'read-authorization',
  { error, world }: { readonly error: AcmeError; readonly world: World },
  signal: AbortSignal,
): Promise<void> {
  const verdict = verdictOf(error)
  if (verdict === 'later' || verdict === 'unknown-account') return postpone(effects, { error, world }, signal)
  const reason = `${step === 'accept' ? 'The CA did not accept the challenge' : 'Failed to read the authorization'}: ${describe(error)}`
  // An earlier attempt may have got through without its answer: the authorization tells.
  if (step === 'accept') return effects.remember(world, { refusal: reason })
  return finish(effects, world, { state: verdict === 'unknown-order' ? 'expired' : 'errored', reason }, signal)
}

/** Nothing is lost. Throws, so that the failed attempt is counted and the queue comes back in time. */
async function postpone(
  effects: ChallengeEffects,
  { error, world }: { readonly error: AcmeError; readonly world: World },
  signal: AbortSignal,
): Promise<never> {
  const attempts = world.memory.wait?.attempts ?? 0
  const until = retryAt(effects.clock.now(), { attempts, retryAfter: error.retryAfter }, effects.random)
  const reason = waitReason(describe(error), error.retryAfter === undefined ? undefined : until)
  effects.remember(world, { ...world.memory, wait: { until, attempts: attempts + 1, why: reason } })
  await write(effects, world, { reason }, signal)
  throw new OperatorError(error.code, error.message, { retry: { kind: 'at', at: until }, cause: error })
}

/** The end, good or bad. What was presented is taken back next. */
async function finish(
  effects: ChallengeEffects,
  world: World,
  end: { readonly state: 'valid' | 'invalid' | 'expired' | 'errored'; readonly reason: string },
  signal: AbortSignal,
): Promise<void> {
  const { challenge } = world
  await write(effects, world, { ...end, processing: false, presented: false }, signal)
  effects.events.record(
    challenge,
    end.state === 'valid'
      ? {
          type: 'Normal',
          reason: challengeEvent.domainVerified,
          message: `The CA has verified ${challenge.spec.dnsName} by ${challenge.spec.type}`,
        }
      : { type: 'Warning', reason: challengeEvent.failed, message: end.reason },
  )
}

async function write(effects: ChallengeEffects, { challenge }: World, news: Partial<ChallengeStatus>, signal: AbortSignal): Promise<void> {
  // What was awaited is over with the next news.
  const { reason: _reason, ...kept } = challenge.status ?? {}
  await effects.cluster.patchStatus(challenges, challenge, { ...kept, ...news }, { fieldManager: FIELD_MANAGER }, signal)
}
