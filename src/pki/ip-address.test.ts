import { expect, test } from 'vitest'

import { formatCidr, formatIpAddress, parseCidr, parseIpAddress } from './ip-address.ts'

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['fe80::1:0:0:1', 'fe80::1:0:0:1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
])('the address %s is written as %s', (text, canonical) => {
  expect(formatIpAddress(parseIpAddress(text) ?? new Uint8Array())).toBe(canonical)
})

test.each(['', '10.0.0', '10.0.0.256', '010.0.0.1', 'fe80::1%eth0', '1:2:3', 'web', ':::', '10.0.0.1/8'])('%j is no address', (text) => {
  expect(parseIpAddress(text)).toBeUndefined()
})

test.each([
  ['10.1.2.3/8', '0a000000ff000000', '10.0.0.0/8'],
  ['10.1.2.3/008', '0a000000ff000000', '10.0.0.0/8'],
  ['10.1.2.3/32', '0a010203ffffffff', '10.1.2.3/32'],
  ['0.0.0.0/0', '0000000000000000', '0.0.0.0/0'],
  ['10.1.2.3/13', '0a000000fff80000', '10.0.0.0/13'],
  ['2001:db8:ffff::/33', `20010db880${'00'.repeat(11)}ffffffff80${'00'.repeat(11)}`, '2001:db8:8000::/33'],
  ['::ffff:10.0.0.0/104', `${'00'.repeat(10)}ffff0a000000${'ff'.repeat(13)}000000`, '::ffff:a00:0/104'],
])('the range %s is masked', (text, hex, canonical) => {
  const bytes = parseCidr(text) ?? new Uint8Array()
  expect(Buffer.from(bytes).toString('hex')).toBe(hex)
  expect(formatCidr(bytes)).toBe(canonical)
  expect(parseCidr(canonical)).toEqual(bytes)
})

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/+8', '::/129', 'web/8', '10.0.0.0/8/8'])('%j is no range', (text) => {
  expect(parseCidr(text)).toBeUndefined()
})

test('a mask with holes is no range', () => {
  expect(formatCidr(Uint8Array.of(10, 0, 0, 0, 255, 0, 255, 0))).toBeUndefined()
  expect(formatCidr(Uint8Array.of(10, 0, 0, 0))).toBeUndefined()
})
