import { expect, test } from 'vitest'

import { usageNames, usagesOf } from './usages.ts'

const all = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
]

test('all 23 usages of the API are known, and no other', () => {
  expect(all).toHaveLength(23)
  expect(usagesOf(all, { isCA: false }).kind).toBe('ok')
  expect(usagesOf([...all, 'Server Auth', 'x'], { isCA: false })).toEqual({ kind: 'unknown', names: ['Server Auth', 'x'] })
})

test.each<[what: string, names: readonly string[] | undefined, isCA: boolean, keyUsage: number, extended: readonly string[]]>([
  ['nothing is digital signature and key encipherment', undefined, false, 0b101, []],
  ['an empty list is too', [], false, 0b101, []],
  ['a CA may also sign certificates', [], true, 0b10_0101, []],
  ['the bits are those of RFC 5280', ['encipher only', 'decipher only', 'crl sign'], false, 0b1_1100_0000, []],
  ['EKUs keep their order', ['client auth', 'server auth'], false, 0, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']],
])('%s', (_what, names, isCA, keyUsage, extended) => {
  expect(usagesOf(names, { isCA })).toEqual({ kind: 'ok', usages: { keyUsage, extended } })
})

test('every usage reads back under its own name, the two synonyms under the other one', () => {
  const back = all.map((name) => {
    const reading = usagesOf([name], { isCA: false })
    return reading.kind === 'ok' ? usageNames(reading.usages).join() : ''
  })
  expect(back).toEqual(all.map((name) => ({ signing: 'digital signature', 's/mime': 'email protection' })[name] ?? name))
})

test('an EKU without a name is left out', () => {
  expect(usageNames({ keyUsage: 1, extended: ['1.2.3', '1.3.6.1.5.5.7.3.1'] })).toEqual(['digital signature', 'server auth'])
})
