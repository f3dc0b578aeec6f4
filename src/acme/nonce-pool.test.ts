import { expect, test } from 'vitest'
import { createNoncePool } from './nonce-pool.ts'

test('gives the freshest nonce first, and each once', () => {
  const pool = createNoncePool()
  pool.put('old')
  pool.put('new')
  expect([pool.take(), pool.take(), pool.take()]).toEqual(['new', 'old', undefined])
})

test('keeps no more than its capacity, and drops the oldest', () => {
  const pool = createNoncePool(2)
  for (const nonce of ['a', 'b', 'c']) pool.put(nonce)
  expect([pool.take(), pool.take(), pool.take()]).toEqual(['c', 'b', undefined])
})

test.each([[undefined], [''], ['with space'], ['a+b/c='], ['line\nbreak'], ['x'.repeat(1_025)]])(
  'ignores %j, which is no nonce',
  (text) => {
    const pool = createNoncePool()
    pool.put(text)
    expect(pool.take()).toBeUndefined()
  },
)

test('is empty once it was cleared', () => {
  const pool = createNoncePool()
  pool.put('stale')
  pool.clear()
  expect(pool.take()).toBeUndefined()
})
