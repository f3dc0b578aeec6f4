import { expect, test } from 'vitest'

import type { GoShape, GoStruct } from './go-json.ts'
import { goJson } from './go-json.ts'

const value: GoShape = { kind: 'value' }
const shape: GoStruct = {
  kind: 'struct',
  fields: [
    { name: 'name', shape: value, zero: '' },
    { name: 'class', shape: value, isPointer: true },
    { name: 'labels', shape: value },
    { name: 'nested', shape: { kind: 'struct', fields: [{ name: 'on', shape: value }] } },
    {
      name: 'items',
      shape: {
        kind: 'list',
        of: {
          kind: 'struct',
          fields: [
            { name: 'b', shape: value },
            { name: 'a', shape: value },
          ],
        },
      },
    },
  ],
}

test.each<[what: string, given: object, json: string]>([
  ['writes the zero value of a field without omitempty', {}, '{"name":""}'],
  ['keeps the order of the struct', { nested: { on: true }, name: 'x' }, '{"name":"x","nested":{"on":true}}'],
  ['keeps a pointer to an empty string', { class: '' }, '{"name":"","class":""}'],
  ['keeps an empty struct', { nested: {} }, '{"name":"","nested":{}}'],
  ['leaves an empty map and false out', { labels: {}, nested: { on: false } }, '{"name":"","nested":{}}'],
  ['sorts the keys of a map', { labels: { b: '2', a: '1' } }, '{"name":"","labels":{"a":"1","b":"2"}}'],
  ['escapes what HTML could take for its own', { name: '<a>&\u2028' }, '{"name":"\\u003ca\\u003e\\u0026\\u2028"}'],
  ['writes the structs of a list in their own order', { items: [{ a: 1, b: 2 }] }, '{"name":"","items":[{"b":2,"a":1}]}'],
  ['leaves unknown fields out', { other: 1 }, '{"name":""}'],
])('Go JSON %s', (_what, given, json) => {
  expect(goJson(given, shape)).toBe(json)
})
