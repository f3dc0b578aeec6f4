import { expect, test } from 'vitest'
import { covers } from './covers.ts'

test.each<[actual: unknown, wanted: unknown, then: boolean]>([
  [{ a: 1, b: 2 }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: { b: 1, c: 2 } }, { a: { b: 1 } }, true],
  [{ a: { b: 1 } }, { a: { b: 2 } }, false],
  [[{ a: 1, b: 2 }], [{ a: 1 }], true],
  [[1, 2], [1], false],
  [[1], [1, 2], false],
  [[], {}, false],
  [undefined, undefined, true],
  [undefined, {}, false],
  [null, {}, false],
  ['', undefined, false],
])('%j covers %j: %s', (actual, wanted, then) => {
  expect(covers(actual, wanted)).toBe(then)
})
