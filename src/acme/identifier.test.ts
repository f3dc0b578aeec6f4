import { expect, test } from 'vitest'
import { canonicalIp, identifiersOf, isSameIdentifier } from './identifier.ts'

test('names and addresses become identifiers, each once, names first and in lower case', () => {
  const identifiers = identifiersOf({
    dnsNames: ['B.example', '*.a.example', 'b.example'],
    ipAddresses: ['2001:DB8:0:0::1', '192.0.2.7', '2001:db8::1', 'not an address'],
  })
  expect(identifiers).toEqual([
    { type: 'dns', value: 'b.example' },
    { type: 'dns', value: '*.a.example' },
    { type: 'ip', value: '2001:db8::1' },
    { type: 'ip', value: '192.0.2.7' },
  ])
})

test.each([
  ['2001:0db8:0000:0000:0000:ff00:0042:8329', '2001:db8::ff00:42:8329'],
  ['::1', '::1'],
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.300', undefined],
  ['fe80::1%eth0', undefined],
  ['', undefined],
])('the one form of %j is %j', (text, form) => {
  expect(canonicalIp(text)).toBe(form)
})

test.each([
  [{ type: 'dns', value: 'A.example' }, { type: 'dns', value: 'a.example' }, true],
  [{ type: 'ip', value: '::0001' }, { type: 'ip', value: '::1' }, true],
  [{ type: 'ip', value: '::1' }, { type: 'dns', value: '::1' }, false],
  [{ type: 'dns', value: 'a.example' }, { type: 'dns', value: 'b.example' }, false],
] as const)('%j and %j are the same: %j', (a, b, isSame) => {
  expect(isSameIdentifier(a, b)).toBe(isSame)
})
