import type { Clock } from '../lib/clock.ts'
import type { Instant } from '../lib/instant.ts'
import type { ControllerParts } from '../runtime/controller-parts.ts'
import { startController, type RunningController } from '../runtime/controller.ts'
import type { Log } from '../runtime/log.ts'
import type { ObjectKey } from '../runtime/object-key.ts'
import type { Plan, PlannedAction } from '../runtime/reconciler.ts'
import type { Trigger } from '../runtime/trigger.ts'
import type { Metrics } from './metrics.ts'
import type { Options } from './options.ts'

/** A controller of whatever world and actions, as far as it looks and does nothing. */
export interface Looker {
  readonly name: string
  readonly triggers: readonly Trigger[]
  /** Observes and decides; undefined: there is no such object. */
  readonly look: (key: ObjectKey, now: Instant, signal: AbortSignal) => Promise<Plan<PlannedAction> | undefined>
}

/** The same, waiting to be started. */
export interface Startable extends Looker {
  readonly start: (parts: StartParts, signal: AbortSignal) => RunningController
}

interface StartParts {
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly options: Options
}

/** Servers of a user's choice are asked to publish something, and may take seconds not to answer: so many times as many. */
export const CHALLENGE_WORKERS = 8

/** Forgets which world and which actions a controller has, so that all of them fit into one list. */
export function startable<World, Action extends PlannedAction>(
  { reconciler, triggers }: ControllerParts<World, Action>,
  timesWorkers = 1,
): Startable {
  return {
    name: reconciler.name,
    triggers,
    look: async (key, now, signal) => {
      const world = await reconciler.observe(key, signal)
      return world === undefined ? undefined : reconciler.decide(world, now)
    },
    start: ({ clock, log, metrics, options }, signal) => {
      const workers = options['concurrent-workers'] * timesWorkers
      return startController({ reconciler, triggers, clock, log, observer: metrics.controllers, workers }, signal)
    },
  }
}
