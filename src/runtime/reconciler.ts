import type { Instant } from '../lib/instant.ts'
import type { ObjectKey } from './object-key.ts'

/** How one kind is reconciled. The three parts are kept apart so that the decision can be tested and printed as data. */
export interface Reconciler<World, Action extends PlannedAction> {
  /** The controller's name, as in logs and metrics (`certificates`, `orders`, …). */
  readonly name: string
  /** Reads only. `undefined`: the object is gone and there is nothing to do. */
  readonly observe: (key: ObjectKey, signal: AbortSignal) => Promise<World | undefined>
  /** Pure: no I/O, no clock, no randomness, no throw. */
  readonly decide: (world: World, now: Instant) => Plan<Action>
  /** One effect, safe to repeat. */
  readonly act: (action: Action, world: World, signal: AbortSignal) => Promise<void>
}

/** An action is a tagged value that may be logged: it never holds key material. */
export interface PlannedAction {
  readonly do: string
}

export interface Plan<Action extends PlannedAction> {
  /** In order; the first failure stops the rest. */
  readonly actions: readonly Action[]
  /** Look again then, even if nothing changes. */
  readonly wakeAt?: Instant
  /** Why, in one sentence: the log line. */
  readonly because: string
  /** The same step once more, as while something is waited for: no line for each of them. */
  readonly isRepetition?: boolean
}
