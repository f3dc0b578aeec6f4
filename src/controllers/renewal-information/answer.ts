import { describe, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeError } from '../../acme/acme-error.ts'
import type { RenewalInfo } from '../../acme/renewal-info.ts'
import type { Ari } from '../../issuers/acme/renewal-answers.ts'
import { DAY, HOUR, instant, MINUTE, parseRfc3339, plus, SECOND, toRfc3339 } from '../../lib/instant.ts'
import type { Instant } from '../../lib/instant.ts'

/** When an answer came, and how much of a tenth longer than needed the next question waits, so that a fleet spreads. 0 ≤ spread < 1. */
export interface Moment {
  readonly now: Instant
  readonly spread: number
}

const SHORTEST_WAIT = MINUTE
const LONGEST_WAIT = DAY
/** RFC 9773 §4.3: where the CA does not say, and after an error that stays. */
const USUAL_WAIT = 6 * HOUR

/** What the CA suggests. It is asked again when it wants to be, within the bounds of RFC 9773 §4.3.1. */
export function afterAnswer({ suggestedWindow, explanationUrl, retryAfter }: RenewalInfo, moment: Moment): Ari {
  const wait = retryAfter === undefined ? USUAL_WAIT : clamped(retryAfter - moment.now)
  return {
    suggestedWindow: { start: toRfc3339(suggestedWindow.start), end: endOf(suggestedWindow) },
    ...(explanationUrl === undefined ? {} : { explanationURL: explanationUrl }),
    ...askedAt(moment, wait),
  }
}

/**
 * The CA could not be asked, or refused. After a passing trouble the last suggestion stays, and the waits double from a minute to six
 * hours; who knows nothing of the certificate has nothing to suggest.
 */
export function afterFailure(before: Ari | undefined, error: AcmeError, moment: Moment): Ari {
  const isPassing = verdictOf(error) === 'later'
  const { suggestedWindow, explanationURL } = isPassing ? (before ?? {}) : {}
  const wait = isPassing ? waitAfter(before, error, moment.now) : USUAL_WAIT
  return {
    ...(suggestedWindow === undefined ? {} : { suggestedWindow }),
    ...(explanationURL === undefined ? {} : { explanationURL }),
    ...askedAt(moment, wait),
    lastError: describe(error),
  }
}

function waitAfter(before: Ari | undefined, { retryAfter }: AcmeError, now: Instant): number {
  if (retryAfter !== undefined) return clamped(retryAfter - now)
  const [last, next] = [parseRfc3339(before?.lastChecked), parseRfc3339(before?.nextCheck)]
  if (before?.lastError === undefined || last === undefined || next === undefined) return SHORTEST_WAIT
  return Math.min(Math.max(2 * (next - last), SHORTEST_WAIT), USUAL_WAIT)
}

function clamped(wait: number): number {
  return Math.min(Math.max(wait, SHORTEST_WAIT), LONGEST_WAIT)
}

function askedAt({ now, spread }: Moment, wait: number): Pick<Ari, 'lastChecked' | 'nextCheck'> {
  return { lastChecked: toRfc3339(now), nextCheck: toRfc3339(plus(now, wait * (1 + spread / 10))) }
}

/** Whole seconds, and yet after the start. */
function endOf({ start, end }: RenewalInfo['suggestedWindow']): string {
  return toRfc3339(instant(Math.max(end, start + SECOND)))
}
