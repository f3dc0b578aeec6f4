import type { Instant } from '../../lib/instant.ts'
import { MINUTE, plus, SECOND } from '../../lib/instant.ts'
import type { Waiter } from './fair-line.ts'
import { createFairLine } from './fair-line.ts'
import type { Rate } from './token-bucket.ts'
import { createTokenBucket } from './token-bucket.ts'

/** One limit of a CA for one account, domain or set of identifiers: what is left of it, who waits for it, until when it is closed. */
export interface Limit {
  /** undefined: it may go now. Otherwise when to ask again; the place in line is kept until then. */
  readonly waitFor: (waiter: Waiter, now: Instant) => Wait | undefined
  /** The same for somebody whom the rate does not count. */
  readonly closedFor: (now: Instant) => Wait | undefined
  readonly take: (key: string, now: Instant) => void
  readonly giveBack: (now: Instant) => void
  /** The CA asks to stay away until then. */
  readonly close: (until: Instant) => void
}

export interface Wait {
  readonly until: Instant
  /** How many are to be served first. */
  readonly ahead: number
  readonly why: 'used up' | 'closed by the CA'
}

/** Without a rate only what the CA closes is obeyed. */
export function createLimit(rate: Rate | undefined): Limit {
  const bucket = rate === undefined ? undefined : createTokenBucket(rate)
  const line = createFairLine(PATIENCE)
  let closedUntil: Instant | undefined

  const openAt = (now: Instant): Instant | undefined => (closedUntil !== undefined && now < closedUntil ? closedUntil : undefined)

  return {
    waitFor: (waiter, now) => {
      const ahead = line.placeOf(waiter, now)
      const opens = openAt(now)
      const has = bucket === undefined ? Infinity : bucket.tokens(now)
      if (opens === undefined && has >= ahead + 1) return undefined
      // All come back one after the other: together they would be refused together.
      const fills = bucket === undefined ? now : bucket.whenNext(ahead + 1, now)
      const until = latest(plus(opens ?? now, ahead * SPREAD), fills, plus(now, SECOND))
      line.expectBack(waiter.key, until)
      return { until, ahead, why: opens === undefined ? 'used up' : 'closed by the CA' }
    },
    closedFor: (now) => {
      const until = openAt(now)
      return until === undefined ? undefined : { until, ahead: 0, why: 'closed by the CA' }
    },
    take: (key, now) => {
      line.serve(key)
      bucket?.take(now)
    },
    giveBack: (now) => bucket?.giveBack(now),
    close: (until) => {
      closedUntil = closedUntil === undefined || until > closedUntil ? until : closedUntil
    },
  }
}

const PATIENCE = MINUTE
const SPREAD = 50

function latest(...instants: readonly Instant[]): Instant {
  return Math.max(...instants) as Instant
}
