import type { Clock } from '../lib/clock.ts'
import type { Instant } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'
import type { Log } from './log.ts'
import type { ObjectKey } from './object-key.ts'
import type { PlannedAction, Reconciler } from './reconciler.ts'

/** What the queue does with a key after a reconcile. `code` is that of the error, where there was one. */
export type Outcome =
  /** Nothing until something changes. */
  | { readonly kind: 'done' }
  | { readonly kind: 'at'; readonly at: Instant; readonly code?: string }
  | { readonly kind: 'backoff'; readonly code: string }
  /** It failed, and trying again is of no use until something changes. */
  | { readonly kind: 'stop'; readonly code: string }

/** The code of an error that nobody translated: a bug. */
export const UNEXPECTED = 'runtime/unexpected'

/** The whole life of one work item. Never rejects. */
export async function reconcile<World, Action extends PlannedAction>(
  reconciler: Reconciler<World, Action>,
  { key, clock, log }: { readonly key: ObjectKey; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const world = await reconciler.observe(key, signal)
    if (world === undefined) return { kind: 'done' }

    const plan = reconciler.decide(world, clock.now())
    if (plan.actions.length > 0) {
      const line = plan.isRepetition === true ? log.debug : log.info
      line({ controller: reconciler.name, key, actions: plan.actions.map((action) => action.do) }, plan.because)
      log.debug({ controller: reconciler.name, key, plan }, 'the whole plan')
    }

    for (const action of plan.actions) {
      signal.throwIfAborted()
      await reconciler.act(action, world, signal)
    }
    return plan.wakeAt === undefined ? { kind: 'done' } : { kind: 'at', at: plan.wakeAt }
  } catch (error) {
    if (signal.aborted) return { kind: 'stop', code: 'runtime/stopped' }
    report(error, { controller: reconciler.name, key }, log)
    return nextAfter(error)
  }
}

function nextAfter(error: unknown): Outcome {
  if (!(error instanceof OperatorError)) return { kind: 'backoff', code: UNEXPECTED }
  const { code, retry } = error
  switch (retry.kind) {
    case 'at':
      return { kind: 'at', at: retry.at, code }
    case 'never':
      return { kind: 'stop', code }
    case 'backoff':
      return { kind: 'backoff', code }
  }
}

/** A failed effect needs no stack: its code says where it comes from. */
function report(error: unknown, about: object, log: Log): void {
  if (error instanceof OperatorError)
    log.warn({ ...about, code: error.code, retry: error.retry, why: error.message }, 'the reconcile failed')
  else log.error({ ...about, err: error }, 'the reconcile broke')
}
