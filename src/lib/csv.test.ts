import { expect, test } from 'vitest'
import { parseCsv, toCsv } from './csv.ts'

test.each<[text: string, fields: readonly string[] | undefined]>([
  ['a', ['a']],
  ['a,b', ['a', 'b']],
  ['a,,b,', ['a', '', 'b', '']],
  [' a, b', [' a', ' b']],
  ['"a,b",c', ['a,b', 'c']],
  ['"say ""a""",b', ['say "a"', 'b']],
  ['"two\nlines"', ['two\nlines']],
  ['""', ['']],
  ['a\n', ['a']],
  ['', undefined],
  ['\n', undefined],
  ['a\nb', undefined],
  ['a"b', undefined],
  ['"a"b', undefined],
  ['"a', undefined],
])('the record %j reads as %j', (text, fields) => {
  expect(parseCsv(text)).toEqual(fields)
})

test.each([[['a', 'b,c', 'd"e', ' f', '']], [['two\nlines']]])('what is written of %j is read as the same', (fields) => {
  expect(parseCsv(toCsv(fields))).toEqual(fields)
})

test.each([
  [' a', '" a"'],
  ['\u0085a', '"\u0085a"'],
  ['\ufeffa', '\ufeffa'],
  ['a ', 'a '],
])('the field %j is written as %j, as Go does', (field, text) => {
  expect(toCsv([field])).toBe(text)
})
