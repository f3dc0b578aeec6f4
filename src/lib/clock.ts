import type { Instant } from './instant.ts'

/** Where time comes from. Tests move their own; see `test/testbed/moved-clock.ts`. */
export interface Clock {
  readonly now: () => Instant
}

export const systemClock: Clock = { now: () => Date.now() as Instant }
