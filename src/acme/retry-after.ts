import type { Instant } from '../lib/instant.ts'
import { DAY, instant, plus, SECOND } from '../lib/instant.ts'

/**
 * The instant that a Retry-After header names (RFC 9110 §10.2.3: seconds, or an HTTP date). Garbage is ignored. At least a second,
 * so that `0` or a date in the past is no invitation to hammer the CA, and at most a day, so that a slip of the CA's stops nobody
 * for a year.
 */
export function parseRetryAfter(header: string | undefined, now: Instant): Instant | undefined {
  const text = header?.trim() ?? ''
  const at = /^\d{1,12}$/.test(text) ? plus(now, Number(text) * SECOND) : parseHttpDate(text)
  if (at === undefined) return undefined
  return instant(Math.min(Math.max(at, now + SECOND), now + DAY))
}

/** The three forms of RFC 9110 §5.6.7. All are in GMT, though the oldest does not say so. */
function parseHttpDate(text: string): Instant | undefined {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]{1,40}$/.test(text)) return undefined
  const milliseconds = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`)
  return Number.isNaN(milliseconds) ? undefined : instant(milliseconds)
}
