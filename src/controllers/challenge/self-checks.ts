import type { Challenge } from '../../crds/challenge.ts'
import type { Clock } from '../../lib/clock.ts'
import { plus } from '../../lib/instant.ts'
import { leastTriedFirst } from '../../lib/least-tried-first.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import { keyOf } from '../../runtime/object-key.ts'
import type { Enqueue, Trigger } from '../../runtime/trigger.ts'
import type { SelfCheckResult } from '../../solvers/solver.ts'
import type { SelfCheckView } from './world.ts'

/** Self-checks take seconds and there may be thousands: they run beside the workers, and wake their Challenge when they end. */
export interface SelfChecks {
  readonly viewOf: (challenge: Challenge) => SelfCheckView
  /**
   * Begins a check, or puts it in line. It never throws. The next one is due after a pause that grows up to `longestPause` milliseconds, and is
   * longer after a look that took long itself.
   */
  readonly start: (challenge: Challenge, check: (signal: AbortSignal) => Promise<SelfCheckResult>, longestPause: number) => void
  readonly forget: (key: ObjectKey) => void
  readonly trigger: Trigger
}

const AT_ONCE = 256
/** A look that takes its time in vain, as where nobody answers, rests so many times as long: a thousand such do not take all places. */
const REST = 3

/** Checks run while the trigger is subscribed. */
export function createSelfChecks(clock: Clock): SelfChecks {
  const states = new Map<ObjectKey, State>()
  // Whoever was looked at least often goes first: however many wait for what never comes, a newcomer is not behind their next tries.
  const line = leastTriedFirst<() => Promise<void>>()
  let running = 0
  let enqueue: Enqueue = () => {}
  let stopping = new AbortController()

  const next = (): void => {
    const run = running < AT_ONCE ? line.take() : undefined
    if (run === undefined) return
    running += 1
    void run().finally(() => {
      running -= 1
      next()
    })
  }

  return {
    viewOf: ({ metadata }) => {
      const state = states.get(keyOf(metadata))
      return state?.uid === metadata.uid && state !== undefined ? state : nothingChecked
    },
    start: ({ metadata }, check, longestPause) => {
      const key = keyOf(metadata)
      const before = states.get(key)
      const state: State = {
        uid: metadata.uid,
        tries: before?.uid === metadata.uid ? (before?.tries ?? 0) : 0,
        isRunning: true,
        last: before?.last,
        tooEarlyAt: before?.uid === metadata.uid ? before?.tooEarlyAt : undefined,
        nextAt: undefined,
      }
      states.set(key, state)
      line.push(async () => {
        const began = clock.now()
        const last = await check(stopping.signal)
        if (states.get(key) !== state) return
        const tries = state.tries + 1
        const tooEarlyAt = last.kind === 'failed' && last.isTooEarly === true ? clock.now() : state.tooEarlyAt
        states.set(key, {
          ...state,
          tries,
          isRunning: false,
          last,
          tooEarlyAt,
          nextAt: plus(clock.now(), Math.max(Math.min(pauseAfter(tries), longestPause), REST * (clock.now() - began))),
        })
        enqueue(key)
      }, state.tries)
      next()
    },
    forget: (key) => void states.delete(key),
    trigger: (to) => {
      enqueue = to
      stopping = new AbortController()
      return () => {
        enqueue = () => {}
        stopping.abort()
        line.clear()
        states.clear()
      }
    },
  }
}

interface State extends SelfCheckView {
  readonly uid: string | undefined
  readonly tries: number
}

const nothingChecked: SelfCheckView = { isRunning: false, last: undefined, nextAt: undefined }

/** Milliseconds: an ingress controller takes a second or so to see a new path, and most DNS servers to see a record. */
function pauseAfter(tries: number): number {
  return 200 * 1.5 ** (tries - 1)
}
