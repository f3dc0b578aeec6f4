import type { Instant } from './instant.ts'

/** Where time comes from: an argument of whatever waits, so that a test can move its own. */
export interface Clock {
  readonly now: () => Instant
}

export const systemClock: Clock = { now: () => Date.now() as Instant }
