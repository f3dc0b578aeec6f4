import { expect, test } from 'vitest'

import { DerReader } from './der/der-reader.ts'
import { encodeNameConstraints, nameConstraintsProblem, readNameConstraints } from './name-constraints.ts'

function outcome(hex: string): unknown {
  const reader = DerReader.over(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  const constraints = readNameConstraints(reader, { critical: true })
  return reader.why ?? constraints
}

const none = { dnsDomains: [], ipRanges: [], emailAddresses: [], uriDomains: [] }

test('constraints of every kind on both sides are read as they were written', () => {
  const items = {
    dnsDomains: ['a.example', ''],
    ipRanges: ['10.0.0.0/8', '2001:db8::/32', '::ffff:a00:0/104'],
    emailAddresses: ['a@b'],
    uriDomains: ['.c'],
  }
  const constraints = { critical: true, permitted: items, excluded: { ...none, dnsDomains: ['b'] } }
  expect(nameConstraintsProblem(constraints)).toBeUndefined()
  expect(outcome(Buffer.from(encodeNameConstraints(constraints) ?? []).toString('hex'))).toEqual(constraints)
})

test('constraints without items are not written', () => {
  expect(encodeNameConstraints({})).toBeUndefined()
  expect(encodeNameConstraints({ permitted: none, excluded: {} })).toBeUndefined()
})

test.each<[what: string, hex: string, why: string]>([
  ['nothing at all', '30 00', 'the NameConstraints extension constrains nothing'],
  ['trailing bytes', '30 07 a0 05 30 03 82 01 61 00', 'the NameConstraints extension has trailing bytes'],
  ['a third side', '30 09 a0 05 30 03 82 01 61 a2 00', 'the NameConstraints extension has trailing bytes'],
  ['a directory name, which the API cannot say', '30 08 a0 06 30 04 a4 02 30 00', 'a name constraint is of a kind that is not supported'],
  ['a maximum distance', '30 0a a0 08 30 06 82 01 61 81 01 02', 'a name constraint has trailing bytes'],
  ['a mask with holes', '30 0e a0 0c 30 0a 87 08 0a000000ff00ff00', 'a name constraint is not an IP range'],
  ['half an address', '30 0a a0 08 30 06 87 04 0a000000', 'a name constraint is not an IP range'],
  ['a domain in Unicode', '30 07 a0 05 30 03 82 01 e9', 'a name constraint is not ASCII'],
])('%s is unreadable', (_what, hex, why) => {
  expect(outcome(hex)).toBe(why)
})
