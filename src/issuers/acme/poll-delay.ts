import type { Instant } from '../../lib/instant.ts'
import { plus, SECOND } from '../../lib/instant.ts'

const SHORTEST_POLL = 200
const LONGEST_POLL = 10 * SECOND
const LONGEST_OUTAGE = 40 * SECOND

/** What the CA said about when to come back, and how often it was asked in vain before. */
export interface AskedInVain {
  readonly attempts: number
  readonly retryAfter: Instant | undefined
}

/** When to ask the CA again whether it is done: as it wishes; else quickly at first, then less and less often. */
export function pollAt(now: Instant, { attempts, retryAfter }: AskedInVain): Instant {
  if (retryAfter !== undefined) return latest(retryAfter, plus(now, SHORTEST_POLL))
  return plus(now, Math.min(SHORTEST_POLL * 1.6 ** attempts, LONGEST_POLL))
}

/** When to ask the CA again after it could not answer: as it wishes; else after 1 s to 40 s, spread so that not all come back at once. */
export function retryAt(now: Instant, { attempts, retryAfter }: AskedInVain, random: () => number): Instant {
  if (retryAfter !== undefined) return latest(retryAfter, plus(now, SECOND))
  return plus(now, outageDelay(attempts, random))
}

/** Milliseconds after the given number of failures in a row: from 1 s to 40 s, ±25 %: less than a minute after a CA is back, its orders go on. */
export function outageDelay(attempts: number, random: () => number): number {
  return Math.min(SECOND * 2 ** attempts, LONGEST_OUTAGE) * (0.75 + random() / 2)
}

function latest(a: Instant, b: Instant): Instant {
  return a > b ? a : b
}
