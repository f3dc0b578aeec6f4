import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { createInFlightLimit } from './in-flight-limit.ts'

const never = new AbortController().signal

/** Work that waits until it is told to end, and tells when it started. */
function work(name: string, started: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return { run: () => (started.push(name), promise), end: () => resolve(name), fail: () => reject(new Error(name)) }
}

test('the rest waits, and starts in the order of arrival', async () => {
  const started: string[] = []
  const [a, b, c] = [work('a', started), work('b', started), work('c', started)]
  const limit = createInFlightLimit(1)
  const all = [a, b, c].map(({ run }) => limit.run(run, never))
  await Promise.resolve()
  expect(started).toEqual(['a'])
  a.end()
  await all[0]
  await Promise.resolve()
  expect(started).toEqual(['a', 'b'])
  b.end()
  c.end()
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c'])
})

test('a failure gives its place to the next', async () => {
  const started: string[] = []
  const [a, b] = [work('a', started), work('b', started)]
  const limit = createInFlightLimit(1)
  const first = limit.run(a.run, never)
  const second = limit.run(b.run, never)
  a.fail()
  b.end()
  await expect(first).rejects.toThrow('a')
  await expect(second).resolves.toBe('b')
})

test('one that is aborted while it waits never starts, and the ones behind it do', async () => {
  const started: string[] = []
  const [a, b, c] = [work('a', started), work('b', started), work('c', started)]
  const limit = createInFlightLimit(1)
  const aborting = new AbortController()
  const first = limit.run(a.run, never)
  const second = limit.run(b.run, aborting.signal)
  const third = limit.run(c.run, never)
  aborting.abort(new Error('shutting down'))
  await expect(second).rejects.toThrow('shutting down')
  a.end()
  c.end()
  await Promise.all([first, third])
  expect(started).toEqual(['a', 'c'])
})

test('nothing starts with a signal that is aborted already', async () => {
  const started: string[] = []
  await expect(createInFlightLimit(1).run(work('a', started).run, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
  expect(started).toEqual([])
})

test('never are more under way than the limit', async () => {
  const limit = createInFlightLimit(3)
  let [now, most] = [0, 0]
  const step = async () => {
    most = Math.max(most, (now += 1))
    await new Promise((resolve) => setImmediate(resolve))
    now -= 1
  }
  await Promise.all(Array.from({ length: 50 }, () => limit.run(step, never)))
  expect(most).toBe(3)
})

test('a signal that lives as long as the process collects no listeners', async () => {
  const limit = createInFlightLimit(1)
  const { signal } = new AbortController()
  await Promise.all(Array.from({ length: 5 }, () => limit.run(async () => undefined, signal)))
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
