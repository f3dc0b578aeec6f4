import { expect, test } from 'vitest'
import { instant } from '../../lib/instant.ts'
import { createFairLine } from './fair-line.ts'

const now = instant(1_000_000)
const many = (group: string, count: number) => Array.from({ length: count }, (_, at) => ({ key: `${group}-${at}`, group }))

test('one group is served in the order of arrival', () => {
  const line = createFairLine(60_000)
  expect(many('shop', 3).map((waiter) => line.placeOf(waiter, now))).toEqual([0, 1, 2])
})

test('the first of another group stands behind the first of a group of a thousand, not behind all of it', () => {
  const line = createFairLine(60_000)
  for (const waiter of many('noisy', 1_000)) line.placeOf(waiter, now)
  expect(line.placeOf({ key: 'quiet-0', group: 'quiet' }, now)).toBe(1)
  expect(line.placeOf({ key: 'noisy-1', group: 'noisy' }, now)).toBe(2)
})

test('who asks again keeps the place', () => {
  const line = createFairLine(60_000)
  const [first = { key: '', group: '' }, second = { key: '', group: '' }] = many('shop', 2)
  line.placeOf(first, now)
  line.placeOf(second, now)
  line.placeOf(first, now)
  expect(line.placeOf(second, now)).toBe(1)
})

test('who is served makes room, and a group cannot save up turns while it is away', () => {
  const line = createFairLine(60_000)
  for (const waiter of many('noisy', 4)) line.placeOf(waiter, now)
  line.serve('noisy-0')
  line.serve('noisy-1')
  // Two rounds are over: the newcomer takes part from the third on.
  expect(line.placeOf({ key: 'late-0', group: 'late' }, now)).toBe(1)
  expect(line.placeOf({ key: 'late-1', group: 'late' }, now)).toBe(3)
})

test('who was to come back and did not, loses the place after a while', () => {
  const line = createFairLine(60_000)
  line.placeOf({ key: 'deleted', group: 'a' }, now)
  line.expectBack('deleted', now)
  expect(line.placeOf({ key: 'waits', group: 'a' }, instant(now + 59_000))).toBe(1)
  expect(line.placeOf({ key: 'waits', group: 'a' }, instant(now + 61_000))).toBe(0)
})
