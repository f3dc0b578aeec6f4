import { expect, test } from 'vitest'
import { count, duration, labels, list, onOff, oneOf, parseFlags, quantity, text } from './flags.ts'

const flags = { name: text('default'), elect: onOff(true), v: count(0), wait: duration(1_000), prefixes: list(['*']) }

test.each<[args: readonly string[], values: object]>([
  [[], { name: 'default', elect: true, v: 0, wait: 1_000, prefixes: ['*'] }],
  [['--name=web'], { name: 'web' }],
  [['--name', 'web'], { name: 'web' }],
  [['--elect=false'], { elect: false }],
  [['--elect'], { elect: true }],
  [['-v=2'], { v: 2 }],
  [['--v=2'], { v: 2 }],
  [['--wait=1m30s'], { wait: 90_000 }],
  [['--prefixes=a,b', '--prefixes=c'], { prefixes: ['a', 'b', 'c'] }],
  [['--prefixes='], { prefixes: [] }],
  [['--name=a=b'], { name: 'a=b' }],
])('%j gives %j', (args, values) => {
  const parsed = parseFlags(flags, args)
  expect(parsed.values).toMatchObject(values)
  expect(parsed.unknown).toEqual([])
  expect(parsed.invalid).toEqual([])
})

test('an unknown flag is told and its value does not become another flag', () => {
  const parsed = parseFlags(flags, ['--acme-http01-solver-image', 'solver:v1', '--name=web', '--gone=1'])
  expect(parsed.unknown).toEqual(['--acme-http01-solver-image', '--gone'])
  expect(parsed.values.name).toBe('web')
})

test.each([['--elect=maybe'], ['--v=-1'], ['--wait=soon'], ['--name']])('%s is refused', (arg) => {
  expect(parseFlags(flags, [arg]).invalid).toEqual([arg])
})

test.each<[what: string, value: unknown, expected: unknown]>([
  ['a word of those that there are', oneOf(['never', 'always'], 'never').parse('always'), 'always'],
  ['a word in other letters', oneOf(['never', 'always'], 'never').parse('Always'), undefined],
  ['a quantity', quantity('1').parse('64Mi'), '64Mi'],
  ['a quantity with a fraction', quantity('1').parse('0.5'), '0.5'],
  ['a quantity below nothing', quantity('1').parse('-1'), undefined],
  ['a quantity of an unknown unit', quantity('1').parse('64MB'), undefined],
  ['no labels', labels({}).parse(''), {}],
  ['labels', labels({}).parse('team=edge, example.com/tier=,a.b-c_d=1'), { team: 'edge', 'example.com/tier': '', 'a.b-c_d': '1' }],
  ['a label without a value', labels({}).parse('team'), undefined],
  ['a label that ends badly', labels({}).parse('team=edge-'), undefined],
  ['a label that is too long', labels({}).parse(`team=${'x'.repeat(64)}`), undefined],
])('%s is read as such, or refused', (_what, value, expected) => {
  expect(value).toEqual(expected)
})
