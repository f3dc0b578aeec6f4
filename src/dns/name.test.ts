import { expect, test } from 'vitest'
import { encodeName, isWithin, labelText, normalName, parentOf } from './name.ts'

test('names are compared in lowercase and without the dot at their end', () => {
  expect([normalName(' WWW.Example.COM. '), normalName('.'), normalName('a')]).toEqual(['www.example.com', '', 'a'])
})

test.each<[zone: string, name: string, is: boolean]>([
  ['example.com', 'example.com', true],
  ['example.com', 'a.example.com', true],
  ['example.com', 'badexample.com', false],
  ['a.example.com', 'example.com', false],
  ['', 'example.com', true],
])('whether %j holds %j', (zone, name, is) => expect(isWithin(zone, name)).toBe(is))

test('the name above a name', () => expect([parentOf('a.b.c'), parentOf('c'), parentOf('')]).toEqual(['b.c', '', '']))

test('bytes that have a meaning in names are escaped, and survive the way there and back', () => {
  const text = labelText(Buffer.from('A.b\\c é', 'latin1'))
  expect(text).toBe(String.raw`a\046b\092c\032\233`)
  expect(encodeName(text).toString('latin1')).toBe('\u0007a.b\\c é\u0000')
})

test.each(['a..b', '.a', 'a'.repeat(64), Array<string>(130).fill('a').join('.')])('%j is no name that DNS can hold', (name) => {
  expect(() => encodeName(name)).toThrow(expect.objectContaining({ code: 'dns/badName' }))
})
