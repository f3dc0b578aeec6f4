import { certificateReason } from '../../crds/reasons.ts'
import { earliest, MINUTE, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { Action } from './action.ts'
import { expiry, isIssuing, nextKeyName } from './attempt.ts'
import { backoffUntil } from './backoff.ts'
import { caChange } from './ca-change.ts'
import { countsAgainstBudget, limitedUntil } from './issuance-budget.ts'
import { continueIssuance, keyDeletion } from './issuance.ts'
import { storedRenewal, whyReissue, type Violation } from './policies.ts'
import { deletionOf } from './request-step.ts'
import { metadataDrift } from './secret-drift.ts'
import { hold, settle, statusChange, windowWarning } from './settle.ts'
import { statusAfter, type Step } from './status.ts'
import type { OwnedRequest, World } from './world.ts'

const LOOK_AGAIN_FOR_OWNER = 3 * MINUTE

/** What is to be done for one Certificate now. */
export function decide(world: World, now: Instant): Plan<Action> {
  if (world.certificate.metadata.deletionTimestamp !== undefined) return { actions: [], because: 'the Certificate is being deleted' }
  if (world.secretOwner !== world.certificate.metadata.name) {
    return settle(world, { kind: 'none' }, now, {
      because: `the Secret belongs to Certificate ${world.secretOwner}`,
      wakeAt: plus(now, LOOK_AGAIN_FOR_OWNER),
    })
  }
  return isIssuing(world) ? continueIssuance(world, now) : restOrStart(world, now)
}

function restOrStart(world: World, now: Instant): Plan<Action> {
  const violation = whyReissue(world, now)
  if (violation === undefined) return rest(world, now)
  const until = backoffUntil(world)
  if (until !== undefined && now < until) {
    const because = `backing off after a failed issuance until ${toRfc3339(until)}`
    return tidy(world, now, { because, wakeAt: earliest(until, expiry(world, now)) })
  }
  if (world.wanted.csrProblem !== undefined) return hold(world, world.wanted.csrProblem, now)
  const counts = countsAgainstBudget(world, violation)
  const limit = counts ? limitedUntil(world.efforts, 'issuance', now) : undefined
  return limit === undefined ? start(world, { ...violation, counts }, now) : slowDown(world, limit, violation, now)
}

function start(world: World, why: Violation & { readonly counts: boolean }, now: Instant): Plan<Action> {
  const step: Step = { kind: 'start', ...why, nextKeySecretName: nextKeyName(world) }
  const because = `${why.reason}: ${why.message}`
  const isOutsideWindows = why.reason === certificateReason.renewing && storedRenewal(world)?.problem !== undefined
  return {
    actions: [...(isOutsideWindows ? [windowWarning(because)] : []), { do: 'set-status', status: statusAfter(world, step, now), step }],
    because,
  }
}

/** The Certificate is issued over and over: whatever the reason is, the CA is not to pay for it. */
function slowDown(world: World, until: Instant, violation: Violation, now: Instant): Plan<Action> {
  const message =
    `issued too often in the last day; the next try is at ${toRfc3339(until)}, for ${violation.reason}: ${violation.message}. ` +
    'Find out who changes the Certificate or its Secret, or why its certificates are due at once'
  const step: Step = { kind: 'limit', reason: certificateReason.issuanceLimited, message }
  return tidy(world, now, { because: message, wakeAt: earliest(until, expiry(world, now)), step })
}

/** Nothing to issue: status, leftovers of an issuance and the Secret's metadata are brought in order. */
function rest(world: World, now: Instant): Plan<Action> {
  const drift = metadataDrift(world)
  if (drift !== undefined) return repair(world, drift, now)
  const change = caChange(world, now)
  const wakeAt = earliest(storedRenewal(world)?.at, expiry(world, now), change?.at)
  return tidy(world, now, { because: change?.message ?? 'up to date', wakeAt, isNextDue: false })
}

function repair(world: World, drift: string, now: Instant): Plan<Action> {
  const until = limitedUntil(world.efforts, 'repair', now)
  if (until === undefined) return { actions: [{ do: 'repair-secret', drift }], because: `repairing the Secret: ${drift}` }
  const message = `the Secret was repaired too often in the last day; the next repair is at ${toRfc3339(until)}. Find out who else writes it: ${drift}`
  const step: Step = { kind: 'limit', reason: certificateReason.repairLimited, message }
  return tidy(world, now, { because: message, wakeAt: earliest(until, storedRenewal(world)?.at, expiry(world, now)), step })
}

interface Rest {
  readonly because: string
  readonly wakeAt: Instant | undefined
  readonly step?: Step
  /** Whether another certificate is due, only not yet. */
  readonly isNextDue?: boolean
}

function tidy(world: World, now: Instant, { because, wakeAt, step = { kind: 'rest' }, isNextDue = true }: Rest): Plan<Action> {
  // The status names the next key, so it is cleared first: a name without its Secret would be waited for.
  const status = statusAfter(world, step, now)
  return {
    actions: [...statusChange(world, status, step), ...world.nextKeys.map(keyDeletion), ...superseded(world, isNextDue).map(deletionOf)],
    because,
    ...(wakeAt === undefined ? {} : { wakeAt }),
  }
}

/**
 * Requests beyond the history limit, once the Certificate stands on a newer one. A request of the next revision comes last: it must not push
 * out that of the current one, by which the stored certificate is judged. While the next revision is due it is no leftover at all.
 */
function superseded(world: World, isNextDue: boolean): readonly OwnedRequest[] {
  if (world.stored?.pair.kind !== 'ok') return []
  const current = world.certificate.status?.revision ?? 0
  const byAge = world.requests.filter((request) => request.revision !== undefined).toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0))
  const [next, past] = [byAge.filter(isNewerThan(current)), byAge.filter((request) => !isNewerThan(current)(request))]
  return (isNextDue ? past : [...past, ...next]).slice(world.wanted.revisionHistoryLimit)
}

function isNewerThan(current: number): (request: OwnedRequest) => boolean {
  return ({ revision = 0 }) => revision > current
}
