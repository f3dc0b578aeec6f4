import { expect, test } from 'vitest'
import { spamFilter } from './spam-filter.ts'

test('an object may have a burst, then one more for each refill, and keeps no other object from its own', () => {
  const may = spamFilter({ burst: 2, refillMs: 1_000, remembered: 10 })
  expect([may('web', 0), may('web', 0), may('web', 0), may('mail', 0)]).toEqual([true, true, false, true])
  expect([may('web', 999), may('web', 1_000), may('web', 1_000)]).toEqual([false, true, false])
})

test('only so many objects are kept in mind', () => {
  const may = spamFilter({ burst: 1, refillMs: 1_000_000, remembered: 1 })
  expect([may('web', 0), may('web', 0), may('mail', 0), may('web', 0)]).toEqual([true, false, true, true])
})
