import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../lib/clock.ts'
import { HOUR, MINUTE, plus, SECOND } from '../lib/instant.ts'
import type { ObjectKey } from './object-key.ts'
import { createWorkQueue } from './work-queue.ts'
import type { WorkQueue, WorkQueueOptions } from './work-queue.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const key = (name: string): ObjectKey => name as ObjectKey
const [a, b, c] = [key('a'), key('b'), key('c')]
const never = new AbortController().signal

function queueOf(options: Partial<WorkQueueOptions> = {}): WorkQueue {
  return createWorkQueue({ clock: systemClock, random: () => 1, ...options })
}

/** What can be taken right now, given back at once. */
async function drained(queue: WorkQueue): Promise<readonly string[]> {
  const keys: string[] = []
  while (queue.figures().ready > 0) {
    const taken = await queue.take(never)
    if (taken === undefined) break
    keys.push(taken)
    queue.finish(taken)
  }
  return keys
}

test('keys come in the order in which they were added, each once', async () => {
  const queue = queueOf()
  for (const added of [a, b, a, c, b]) queue.add(added)
  expect(await drained(queue)).toEqual(['a', 'b', 'c'])
})

test('a key that is worked on is not handed out a second time, and comes again after it is finished when it was added meanwhile', async () => {
  const queue = queueOf()
  queue.add(a)
  expect(await queue.take(never)).toBe(a)
  queue.add(a)
  queue.add(a)
  expect(queue.figures()).toMatchObject({ ready: 0, running: 1 })
  queue.finish(a)
  expect(await drained(queue)).toEqual(['a'])
})

test('a key that is finished without having been added again stays away', async () => {
  const queue = queueOf()
  queue.add(a)
  await queue.take(never)
  queue.finish(a)
  expect(queue.figures()).toMatchObject({ ready: 0, running: 0 })
})

test('a busy key goes to the back, so that it keeps nobody else waiting', async () => {
  const queue = queueOf()
  queue.add(a)
  await queue.take(never)
  queue.add(a)
  queue.add(b)
  queue.finish(a)
  expect(await drained(queue)).toEqual(['b', 'a'])
})

test('who waits for a key gets it as soon as it is added', async () => {
  const queue = queueOf()
  const taken = queue.take(never)
  queue.add(a)
  expect(await taken).toBe(a)
})

test('who waits for a key gets nothing once the signal is aborted', async () => {
  const queue = queueOf()
  const stop = new AbortController()
  const taken = queue.take(stop.signal)
  stop.abort()
  expect(await taken).toBeUndefined()
  queue.add(a)
  expect(await queue.take(stop.signal)).toBeUndefined()
})

test('of several times for a key the earliest counts', async () => {
  const queue = queueOf()
  const now = systemClock.now()
  queue.add(a, plus(now, 3 * MINUTE))
  queue.add(a, plus(now, MINUTE))
  queue.add(a, plus(now, 2 * MINUTE))
  await vi.advanceTimersByTimeAsync(MINUTE - 1)
  expect(queue.figures()).toMatchObject({ ready: 0, sleeping: 1 })
  await vi.advanceTimersByTimeAsync(1)
  expect(await drained(queue)).toEqual(['a'])
  expect(queue.figures().sleeping).toBe(0)
})

test('a time that has passed is now', async () => {
  const queue = queueOf()
  queue.add(a, plus(systemClock.now(), -HOUR))
  expect(await drained(queue)).toEqual(['a'])
})

test('a reconcile that starts replaces the time that was set before', async () => {
  const queue = queueOf()
  queue.add(a, plus(systemClock.now(), MINUTE))
  queue.add(a)
  expect(await drained(queue)).toEqual(['a'])
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  expect(queue.figures()).toMatchObject({ ready: 0, sleeping: 0 })
})

test('a time beyond the longest timer of the platform is kept', async () => {
  const queue = queueOf()
  queue.add(a, plus(systemClock.now(), 40 * 24 * HOUR))
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect(queue.figures()).toMatchObject({ ready: 0, sleeping: 1 })
})

test('a clock that is set forward wakes what is due within a second', async () => {
  const queue = queueOf()
  queue.add(a, plus(systemClock.now(), 90 * 24 * HOUR))
  vi.setSystemTime(Date.now() + 91 * 24 * HOUR)
  await vi.advanceTimersByTimeAsync(SECOND)
  expect(await drained(queue)).toEqual(['a'])
})

test('ten thousand sleeping keys wake in the order of their times', async () => {
  const queue = queueOf()
  const start = systemClock.now()
  const names = Array.from({ length: 10_000 }, (_, at) => ({ name: `k${at}`, after: ((at * 7_919) % 10_000) + 1 }))
  for (const { name, after } of names) queue.add(key(name), plus(start, after))
  for (const { name } of names.slice(0, 5_000)) queue.add(key(name), plus(start, 10_001)) // later: changes nothing
  vi.setSystemTime(start + 20_000)
  await vi.advanceTimersByTimeAsync(SECOND)
  expect(await drained(queue)).toEqual(names.toSorted((x, y) => x.after - y.after).map(({ name }) => name))
})

test('the delay doubles with each failure up to the longest, and starts over after a success', async () => {
  const queue = queueOf({ backoff: { shortestMs: 100, longestMs: 350 } })
  const waits: number[] = []
  for (let round = 0; round < 5; round += 1) {
    if (round === 4) queue.forget(a)
    const start = Date.now()
    queue.addBackedOff(a)
    while (queue.figures().ready === 0) await vi.advanceTimersByTimeAsync(1)
    waits.push(Date.now() - start)
    await drained(queue)
  }
  expect(waits).toEqual([100, 200, 350, 350, 100])
})

test('the jitter takes at most half of the delay', async () => {
  const queue = queueOf({ random: () => 0, backoff: { shortestMs: 100, longestMs: 1_000 } })
  queue.addBackedOff(a)
  await vi.advanceTimersByTimeAsync(49)
  expect(queue.figures().ready).toBe(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(queue.figures().ready).toBe(1)
})

test('it says how long a key was ready before it was taken', async () => {
  const waited: number[] = []
  const queue = queueOf({ onTaken: (milliseconds) => waited.push(milliseconds) })
  queue.add(a)
  await vi.advanceTimersByTimeAsync(250)
  expect(queue.figures().oldestReadyMs).toBe(250)
  await queue.take(never)
  expect(waited).toEqual([250])
})
