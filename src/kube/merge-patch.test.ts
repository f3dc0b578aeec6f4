import { describe, expect, test } from 'vitest'
import { mergePatch } from './merge-patch.ts'

describe('mergePatch', () => {
  test.each<[what: string, before: object | undefined, after: object, patch: object | undefined]>([
    ['nothing differs', { a: 1, b: [1] }, { b: [1], a: 1 }, undefined],
    ['a value changes', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
    ['a key is added', { a: 1 }, { a: 1, b: 2 }, { b: 2 }],
    ['a key is removed', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['undefined and missing are the same, both ways', { a: 1, b: undefined }, { a: 1, c: undefined }, undefined],
    ['a key becomes undefined', { a: 1 }, { a: undefined }, { a: null }],
    ['null and missing are the same', { a: null }, {}, undefined],
    ['an inner value changes', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
    ['an inner key is removed', { a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { c: null } }],
    ['an array changes: it is replaced whole', { a: [{ x: 1 }, { y: 2 }] }, { a: [{ x: 1 }, { y: 3 }] }, { a: [{ x: 1 }, { y: 3 }] }],
    ['an array gets shorter', { a: [1, 2] }, { a: [1] }, { a: [1] }],
    ['array members differ only by undefined', { a: [{ x: 1, y: undefined }] }, { a: [{ x: 1 }] }, undefined],
    ['an empty object is added', {}, { a: {} }, { a: {} }],
    ['an object becomes empty', { a: { b: 1 } }, { a: {} }, { a: { b: null } }],
    ['an object becomes a value', { a: { b: 1 } }, { a: 'x' }, { a: 'x' }],
    ['a value becomes an object with a gap', { a: 'x' }, { a: { b: 1, c: undefined } }, { a: { b: 1 } }],
    ['an array becomes an object', { a: [1] }, { a: { 0: 1 } }, { a: { 0: 1 } }],
    ['there was nothing before', undefined, { a: { b: 1 } }, { a: { b: 1 } }],
    ['false and 0 are values', { a: true, b: 1 }, { a: false, b: 0 }, { a: false, b: 0 }],
  ])('when %s', (_what, before, after, patch) => {
    expect(mergePatch(before, after)).toEqual(patch)
  })

  test('a label named __proto__ is a label', () => {
    const after = JSON.parse('{"labels": {"__proto__": "x"}}') as object
    expect(JSON.stringify(mergePatch({}, after))).toBe('{"labels":{"__proto__":"x"}}')
  })

  test('a patch applied to what was before gives what is after', () => {
    const before = { a: { b: 1, c: [1, 2], d: { e: 'x' } }, f: 'y' }
    const after = { a: { c: [2], d: { e: 'x', g: 0 } }, h: { i: {} } }
    expect(applied(before, mergePatch(before, after))).toEqual(after)
  })
})

/** RFC 7386 §2, as the API server carries it out. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result = new Map<string, unknown>(
    typeof target === 'object' && target !== null && !Array.isArray(target) ? Object.entries(target) : [],
  )
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key)
    else result.set(key, applied(result.get(key), value))
  }
  return Object.fromEntries(result)
}
