import type { Clock } from '../lib/clock.ts'
import { MINUTE, plus } from '../lib/instant.ts'
import type { Instant } from '../lib/instant.ts'
import type { ObjectKey } from './object-key.ts'
import { createWakeUps } from './wake-ups.ts'

/**
 * Keys that are to be reconciled. A key stands in it once, however often it is added; it is never handed out twice at the same time,
 * and one that is added while it is worked on comes again afterwards.
 */
export interface WorkQueue {
  /** Now, or at the time given; of several times the earliest counts. */
  readonly add: (key: ObjectKey, at?: Instant) => void
  /** After a delay that grows with each call for the key until `forget`. */
  readonly addBackedOff: (key: ObjectKey) => void
  /** Ends the growth of the delay for the key. */
  readonly forget: (key: ObjectKey) => void
  /** The next key, as soon as there is one; give it back with `finish`. undefined once the signal is aborted. */
  readonly take: (signal: AbortSignal) => Promise<ObjectKey | undefined>
  readonly finish: (key: ObjectKey) => void
  readonly figures: () => QueueFigures
  /** Ends the timers. */
  readonly close: () => void
}

export interface QueueFigures {
  /** Keys that could be worked on now. */
  readonly ready: number
  readonly running: number
  /** Keys that wait for their time. */
  readonly sleeping: number
  /** How long the oldest ready key has waited, in milliseconds. */
  readonly oldestReadyMs: number
}

export interface WorkQueueOptions {
  readonly clock: Clock
  readonly random?: () => number
  /** The first delay of `addBackedOff` and the longest, in milliseconds. Default 250 and 5 minutes. */
  readonly backoff?: { readonly shortestMs: number; readonly longestMs: number }
  /** Called with the time that a key was ready before it was taken. */
  readonly onTaken?: (waitedMs: number) => void
}

/** An empty queue. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, random = Math.random, backoff = { shortestMs: 250, longestMs: 5 * MINUTE } } = options
  /** Ready since when. */
  const ready = new Map<ObjectKey, Instant>()
  /** The ready keys in the order of their arrival, from `head` on. */
  let order: ObjectKey[] = []
  let head = 0
  const running = new Set<ObjectKey>()
  /** Added while running. */
  const again = new Set<ObjectKey>()
  const failures = new Map<ObjectKey, number>()
  const wakeUps = createWakeUps()
  const takers = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  let timerAt = Number.POSITIVE_INFINITY

  function addNow(key: ObjectKey): void {
    if (running.has(key)) {
      again.add(key)
      return
    }
    if (ready.has(key)) return
    ready.set(key, clock.now())
    order.push(key)
    const [taker] = takers
    taker?.()
  }

  function wake(): void {
    timer = undefined
    timerAt = Number.POSITIVE_INFINITY
    for (const key of wakeUps.due(clock.now())) addNow(key)
    arm()
  }

  /** The clock may be set, or moved by a test, and timers have a longest delay: so it is looked at every second while something sleeps. */
  function arm(): void {
    const next = wakeUps.next()
    if (next === undefined || timerAt <= next) return
    clearTimeout(timer)
    timerAt = next
    timer = setTimeout(wake, Math.min(Math.max(0, next - clock.now()), LOOK_EVERY))
    timer.unref()
  }

  function add(key: ObjectKey, at?: Instant): void {
    if (at === undefined || at <= clock.now()) {
      addNow(key)
      return
    }
    wakeUps.add(key, at)
    arm()
  }

  function pull(): ObjectKey | undefined {
    const key = order[head]
    if (key === undefined) return undefined
    head += 1
    if (head > 1_024 && head * 2 > order.length) {
      order = order.slice(head)
      head = 0
    }
    options.onTaken?.(waitOf(key))
    ready.delete(key)
    running.add(key)
    wakeUps.cancel(key) // the reconcile that starts now says anew when to look again
    return key
  }

  function waitOf(key: ObjectKey | undefined): number {
    const since = key === undefined ? undefined : ready.get(key)
    return since === undefined ? 0 : Math.max(0, clock.now() - since)
  }

  return {
    add,
    addBackedOff: (key) => {
      const before = failures.get(key) ?? 0
      failures.set(key, before + 1)
      const delay = Math.min(backoff.longestMs, backoff.shortestMs * 2 ** Math.min(before, 32))
      add(key, plus(clock.now(), delay * (0.5 + random() / 2)))
    },
    forget: (key) => void failures.delete(key),
    take: async (signal) => {
      while (!signal.aborted) {
        const key = pull()
        if (key !== undefined) return key
        await new Promise<void>((resolve) => {
          const awake = (): void => {
            takers.delete(awake)
            signal.removeEventListener('abort', awake)
            resolve()
          }
          takers.add(awake)
          signal.addEventListener('abort', awake, { once: true })
        })
      }
      return undefined
    },
    finish: (key) => {
      running.delete(key)
      if (again.delete(key)) addNow(key)
    },
    figures: () => ({ ready: ready.size, running: running.size, sleeping: wakeUps.size(), oldestReadyMs: waitOf(order[head]) }),
    close: () => {
      clearTimeout(timer)
      timerAt = Number.NEGATIVE_INFINITY // arm() does nothing any more
    },
  }
}

const LOOK_EVERY = 1_000
