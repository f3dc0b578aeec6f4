import { expect, test } from 'vitest'
import { oneAtATime } from './one-at-a-time.ts'

test('whoever asks while the work is under way gets its answer; afterwards it is done anew', async () => {
  const once = oneAtATime<number>()
  let done = 0
  const work = (): Promise<number> => Promise.resolve((done += 1))
  expect(await Promise.all([once('a', work), once('a', work), once('b', work)])).toEqual([1, 1, 2])
  expect(await once('a', work)).toBe(3)
})

test('a failure is told to all who wait and forgotten after that', async () => {
  const once = oneAtATime<number>()
  const failing = (): Promise<number> => Promise.reject(new Error('no'))
  const outcomes = await Promise.allSettled([once('a', failing), once('a', failing)])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await once('a', () => Promise.resolve(1))).toBe(1)
})
