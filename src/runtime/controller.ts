import type { Clock } from '../lib/clock.ts'
import { SECOND } from '../lib/instant.ts'
import type { Log } from './log.ts'
import type { ObjectKey } from './object-key.ts'
import { reconcile } from './reconcile.ts'
import type { Outcome } from './reconcile.ts'
import type { PlannedAction, Reconciler } from './reconciler.ts'
import type { Trigger } from './trigger.ts'
import { createWorkQueue } from './work-queue.ts'
import type { QueueFigures, WorkQueue, WorkQueueOptions } from './work-queue.ts'

export interface ControllerOptions<World, Action extends PlannedAction> {
  readonly reconciler: Reconciler<World, Action>
  /** What puts keys into the queue. Subscribed at the start and let go of at the end. */
  readonly triggers: readonly Trigger[]
  readonly clock: Clock
  readonly log: Log
  readonly observer?: ControllerObserver
  /** Keys reconciled at once. No worker waits, so that this need not be large. Default 16. */
  readonly workers?: number
  readonly backoff?: NonNullable<WorkQueueOptions['backoff']>
  /** How long running reconciles are waited for at the end, in milliseconds. Default 10,000. */
  readonly stopWithinMs?: number
}

/** For metrics. */
export interface ControllerObserver {
  readonly reconciled: (sample: { readonly controller: string; readonly outcome: Outcome; readonly seconds: number }) => void
  readonly taken: (sample: { readonly controller: string; readonly waitedSeconds: number }) => void
}

export interface RunningController {
  readonly name: string
  readonly figures: () => QueueFigures
  /** Settles after the signal is aborted, when the last reconcile has ended or the time for that is over. Never rejects. */
  readonly stopped: Promise<void>
}

/** Reconciles keys until `signal` is aborted. The caches must have their first lists: what is missing in them counts as deleted. */
export function startController<World, Action extends PlannedAction>(
  options: ControllerOptions<World, Action>,
  signal: AbortSignal,
): RunningController {
  const { reconciler, clock, observer, backoff } = options
  const { name } = reconciler
  const queue = createWorkQueue({
    clock,
    ...(backoff === undefined ? {} : { backoff }),
    onTaken: (waitedMs) => observer?.taken({ controller: name, waitedSeconds: waitedMs / SECOND }),
  })
  const subscriptions = options.triggers.map((trigger) => trigger(queue.add))
  const workers = Array.from({ length: options.workers ?? 16 }, () => work(queue, options, signal))
  const stopped = Promise.all(workers).then(() => {})
  return { name, figures: queue.figures, stopped: end() }

  async function end(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    for (const unsubscribe of subscriptions) unsubscribe()
    queue.close()
    const limit = Promise.withResolvers<void>()
    const timer = setTimeout(
      () => {
        options.log.warn(
          { controller: name, running: queue.figures().running },
          'stopped without waiting any longer for running reconciles',
        )
        limit.resolve()
      },
      options.stopWithinMs ?? 10 * SECOND,
    )
    await Promise.race([stopped, limit.promise])
    clearTimeout(timer)
  }
}

async function work<World, Action extends PlannedAction>(
  queue: WorkQueue,
  options: ControllerOptions<World, Action>,
  signal: AbortSignal,
): Promise<void> {
  const { reconciler, clock, log, observer } = options
  for (let key = await queue.take(signal); key !== undefined; key = await queue.take(signal)) {
    const started = performance.now()
    const outcome = await reconcile(reconciler, { key, clock, log }, signal)
    observer?.reconciled({ controller: reconciler.name, outcome, seconds: (performance.now() - started) / SECOND })
    schedule(queue, key, outcome)
    queue.finish(key)
  }
}

function schedule(queue: WorkQueue, key: ObjectKey, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'backoff':
      queue.addBackedOff(key)
      return
    case 'at':
      if (outcome.code === undefined) queue.forget(key)
      queue.add(key, outcome.at)
      return
    case 'done':
    case 'stop':
      queue.forget(key)
  }
}
