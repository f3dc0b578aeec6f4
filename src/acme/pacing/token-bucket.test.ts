import { expect, test } from 'vitest'
import type { Instant } from '../../lib/instant.ts'
import { instant } from '../../lib/instant.ts'
import { createTokenBucket } from './token-bucket.ts'

const at = (seconds: number): Instant => instant(1_000_000 + seconds * 1_000)

test('a new bucket is full and each token taken comes back after the refill time', () => {
  const bucket = createTokenBucket({ capacity: 2, refill: 10_000 })
  expect(bucket.tokens(at(0))).toBe(2)
  bucket.take(at(0))
  bucket.take(at(0))
  expect(bucket.tokens(at(0))).toBe(0)
  expect(bucket.whenNext(1, at(0))).toBe(at(10))
  expect(bucket.tokens(at(10))).toBe(1)
  expect(bucket.tokens(at(3_600))).toBe(2)
})

test('the tenth in line of a bucket for two is told when the tenth token comes, not when the bucket is full', () => {
  const bucket = createTokenBucket({ capacity: 2, refill: 10_000 })
  bucket.take(at(0))
  bucket.take(at(0))
  expect(bucket.whenNext(10, at(0))).toBe(at(100))
})

test('what was taken beyond the limit is paid back first', () => {
  const bucket = createTokenBucket({ capacity: 1, refill: 10_000 })
  for (let taken = 0; taken < 4; taken += 1) bucket.take(at(0))
  expect(bucket.tokens(at(0))).toBe(-3)
  expect(bucket.whenNext(1, at(0))).toBe(at(40))
})

test('a time before the last one that was given refills nothing twice', () => {
  const bucket = createTokenBucket({ capacity: 5, refill: 10_000 })
  for (let taken = 0; taken < 5; taken += 1) bucket.take(at(100))
  expect(bucket.tokens(at(50))).toBe(0)
  expect(bucket.tokens(at(110))).toBe(1)
})
