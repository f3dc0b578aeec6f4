import { describeProblem } from '../../acme/acme-error.ts'
import type { AcmeOrder } from '../../acme/order.ts'
import type { AcmeState } from '../../crds/order.ts'
import type { Instant } from '../../lib/instant.ts'
import { DAY, HOUR, MINUTE, parseRfc3339, plus, SECOND, toRfc3339 } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { AuthorizationView, ChallengeView, World } from './world.ts'

export type Action =
  | { readonly do: 'create-order' }
  | { readonly do: 'record-order' }
  | { readonly do: 'read-authorizations' }
  | { readonly do: 'create-challenge'; readonly authorizationUrl: string; readonly name: string }
  | { readonly do: 'delete-challenge'; readonly name: string; readonly uid: string }
  | { readonly do: 'read-order' }
  | { readonly do: 'finalize' }
  | { readonly do: 'store-certificate'; readonly url: string }
  | { readonly do: 'show-processing' }
  | { readonly do: 'fail'; readonly state: FailureState; readonly reason: string; readonly isSolverProblem: boolean }

export type FailureState = 'invalid' | 'expired' | 'errored'

/** An order that the CA showed longer ago is asked for again before anything rests on it. */
const FRESH = 10 * SECOND
/** For clocks that differ. */
const GRACE = MINUTE

/** The life of an Order: it follows the order at the CA, and finalizes it once, when the CA says that it is ready. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { state, certificate, url } = world.order.status ?? {}
  if (isFailure(state)) return rest(`the order is ${state}`)
  if (state === 'valid' && isSet(certificate)) return tidiedUp(world)
  if (!world.isWanted) return rest('the request that it is for does not exist')
  if (world.issuer.kind === 'waiting') return rest(world.issuer.why)
  if (world.csr.kind === 'unreadable') return fail('errored', `The CSR in spec.request cannot be read: ${world.csr.why}`)

  const expired = whyExpired(world)
  if (expired !== undefined) return fail('expired', expired)

  const { wait } = world.memory
  if (wait !== undefined && now < wait.until) return { actions: [], wakeAt: wait.until, because: wait.why }

  if (!isSet(url)) {
    // The CA has made an order whose URL could not be stored yet: never make another one.
    if (world.memory.seen !== undefined) return step({ do: 'record-order' }, now, 'the URL of the order is not stored yet')
    return step({ do: 'create-order' }, now, 'there is no order at the CA yet')
  }
  if (world.authorizations.length === 0 || world.authorizations.some(({ kind }) => kind === 'unread')) {
    return step({ do: 'read-authorizations' }, now, 'it is not known yet what the CA wants to have proved')
  }
  return proof(world, now) ?? completion(world, now)
}

/** A slow CA is waited for until the order has expired there (RFC 8555 §7.1.3), and was looked at once more after that. */
function whyExpired({ memory: { seen } }: World): string | undefined {
  const { status, expires } = seen?.order ?? {}
  if (seen === undefined || expires === undefined || seen.at < plus(expires, GRACE)) return undefined
  if (status === 'valid' || status === 'invalid') return undefined
  return `The order expired at the CA at ${toRfc3339(expires)}, it was still ${status ?? 'there'}`
}

/** What is left to prove; undefined when nothing is. */
function proof(world: World, now: Instant): Plan<Action> | undefined {
  const { authorizations } = world
  const lost = authorizations.find((authorization) => authorization.kind === 'lost')
  if (lost !== undefined) return fail('invalid', lost.why)
  const unsolvable = authorizations.find((authorization) => authorization.kind === 'unsolvable')
  if (unsolvable !== undefined) return fail('errored', unsolvable.why, 'solver')

  const needs = authorizations.filter((authorization) => authorization.kind === 'needs')
  const failed = world.challenges.find((challenge) => isFailure(challenge.state) && isFor(needs, challenge))
  if (failed !== undefined && isFailure(failed.state)) {
    return fail(
      failed.state,
      `Challenge ${failed.name} for ${failed.identifier} is ${failed.state}${failed.reason === '' ? '' : `: ${failed.reason}`}`,
    )
  }

  const actions = [...missing(needs, world.challenges), ...leftover(needs, world)]
  if (actions.length > 0) return { actions, because: `proof is needed for ${names(needs)}` }
  return needs.length === 0 ? undefined : awaitingProof(world, `waiting for proof of ${names(needs)}`, now)
}

/** A proof may take days, as where somebody has to set a record up. The order may come to its end meanwhile, which nobody tells us. */
function awaitingProof({ order, memory: { seen } }: World, because: string, now: Instant): Plan<Action> {
  if (seen?.order.status === 'invalid') return fail('invalid', whyInvalid(seen.order))
  const lookAt =
    seen === undefined
      ? plus(parseRfc3339(order.metadata.creationTimestamp) ?? now, HOUR)
      : plus(seen.order.expires ?? plus(seen.at, DAY), GRACE)
  return now >= lookAt ? step({ do: 'read-order' }, now, because) : { actions: [], wakeAt: lookAt, because }
}

/** Everything is proved: bring the order to its certificate. */
function completion(world: World, now: Instant): Plan<Action> {
  const seen = world.memory.seen
  if (seen === undefined || now >= plus(seen.at, FRESH)) return step({ do: 'read-order' }, now, 'everything is proved')
  const { order } = seen
  const { refusal } = world.memory
  if (refusal !== undefined && (order.status === 'pending' || order.status === 'ready')) return fail('errored', refusal)
  switch (order.status) {
    case 'pending':
      return step({ do: 'read-order' }, now, 'the CA has not counted the proofs yet')
    case 'ready':
      return step({ do: 'finalize' }, now, 'the order is ready')
    case 'processing':
      return isSlow(world)
        ? step({ do: 'show-processing' }, now, 'the CA takes its time')
        : step({ do: 'read-order' }, now, 'the CA is issuing')
    case 'valid':
      return order.certificate === undefined
        ? step({ do: 'read-order' }, now, 'the CA has not said yet where the certificate is')
        : step({ do: 'store-certificate', url: order.certificate }, now, 'the certificate is issued')
    case 'invalid':
      return fail('invalid', whyInvalid(order))
  }
}

/**
 * The proofs of a finished order are no longer needed. A Challenge that is over cleans up by itself and wakes us then: deleting it
 * at the same time would only get in the way of that write.
 */
function tidiedUp({ challenges }: World): Plan<Action> {
  const isCleaning = ({ state, isCleanedUp }: ChallengeView): boolean => (state === 'valid' || state === 'invalid') && !isCleanedUp
  return {
    actions: challenges
      .filter((challenge) => !challenge.isDeleting && !isCleaning(challenge))
      .map(({ name, uid }) => ({ do: 'delete-challenge', name, uid })),
    because: 'the certificate is issued',
  }
}

type Needs = Extract<AuthorizationView, { kind: 'needs' }>

function missing(needs: readonly Needs[], challenges: readonly ChallengeView[]): readonly Action[] {
  return needs
    .filter(({ challengeName }) => !challenges.some(({ name }) => name === challengeName))
    .map(({ url, challengeName }) => ({ do: 'create-challenge', authorizationUrl: url, name: challengeName }))
}

/** Challenges for a solver that the issuer would no longer choose. Those that proved something stay until the end. */
function leftover(needs: readonly Needs[], { challenges }: World): readonly Action[] {
  return challenges
    .filter((challenge) => !challenge.isDeleting && challenge.state !== 'valid' && !isFor(needs, challenge))
    .map(({ name, uid }) => ({ do: 'delete-challenge', name, uid }))
}

function isFor(needs: readonly Needs[], { name }: ChallengeView): boolean {
  return needs.some(({ challengeName }) => challengeName === name)
}

/** Worth showing in the status; a quick issuance is over before anybody could read it. */
function isSlow({ order, memory }: World): boolean {
  return order.status?.state !== 'processing' && (memory.wait?.attempts ?? 0) >= 4
}

function whyInvalid({ error }: AcmeOrder): string {
  const declared = 'The CA declared the order invalid'
  return error === undefined
    ? `${declared} and gave no reason; one of its authorizations may have expired or been deactivated`
    : `${declared}: ${describeProblem(error)}`
}

function names(needs: readonly Needs[]): string {
  const [first, ...others] = needs
  return `${first?.identifier ?? 'nothing'}${others.length === 0 ? '' : ` and ${others.length} more`}`
}

/** Look again at once: what the step found out may be remembered only, without a write that would wake us. */
function step(action: Action, now: Instant, because: string): Plan<Action> {
  return { actions: [action], wakeAt: now, because }
}

function fail(state: FailureState, reason: string, cause?: 'solver'): Plan<Action> {
  return { actions: [{ do: 'fail', state, reason, isSolverProblem: cause === 'solver' }], because: reason }
}

function rest(because: string): Plan<Action> {
  return { actions: [], because }
}

function isFailure(state: AcmeState | undefined): state is FailureState {
  return state === 'invalid' || state === 'expired' || state === 'errored'
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}
