import type { Instant } from '../../lib/instant.ts'
import { plus } from '../../lib/instant.ts'

/** So many at once, and one more after every `refill` milliseconds. */
export interface Rate {
  readonly capacity: number
  readonly refill: number
}

/** How much of a limit is left. Time is an argument and never goes back: an earlier one counts as the latest that was given. */
export interface TokenBucket {
  /** Below zero when more was taken than there was: what happened counts, whether it was allowed or not. */
  readonly tokens: (now: Instant) => number
  readonly take: (now: Instant) => void
  readonly giveBack: (now: Instant) => void
  /** When the last of the next `count` tokens is there, whoever takes those before it. */
  readonly whenNext: (count: number, now: Instant) => Instant
}

/** A full bucket. */
export function createTokenBucket({ capacity, refill }: Rate): TokenBucket {
  let level = capacity
  let at: Instant | undefined

  const refilled = (now: Instant): number => {
    const passed = at === undefined ? 0 : Math.max(0, now - at)
    level = Math.min(capacity, level + passed / refill)
    at = at === undefined || now > at ? now : at
    return level
  }

  return {
    tokens: refilled,
    take: (now) => {
      level = refilled(now) - 1
    },
    giveBack: (now) => {
      level = Math.min(capacity, refilled(now) + 1)
    },
    whenNext: (count, now) => {
      const missing = count - refilled(now)
      return missing <= 0 ? now : plus(now, Math.ceil(missing * refill))
    },
  }
}
