import type { PlannedAction, Reconciler } from './reconciler.ts'
import type { Trigger } from './trigger.ts'

/** What each folder under `controllers/` gives: how a key is reconciled, and what puts keys into the queue. */
export interface ControllerParts<World, Action extends PlannedAction> {
  readonly reconciler: Reconciler<World, Action>
  readonly triggers: readonly Trigger[]
}
