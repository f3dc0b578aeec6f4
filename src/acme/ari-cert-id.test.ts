import { expect, test } from 'vitest'
import { ariCertId } from './ari-cert-id.ts'

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(':', ''), 'hex')

test('the example of RFC 9773 §4.1', () => {
  const authorityKeyId = hex('69:88:5B:6B:87:46:40:41:E1:B3:7B:84:7B:A0:AE:2C:DE:01:C8:D4')
  expect(ariCertId({ authorityKeyId, serialNumber: hex('00:87:65:43:21') })).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
})

test.each([
  ['87654321', 'AIdlQyE', 'a zero is put before a top bit'],
  ['0087654321', 'AIdlQyE', 'a zero that is there stays alone'],
  ['00007f', 'fw', 'needless zeros go'],
  ['00', 'AA', 'zero is one byte'],
  ['', 'AA', 'nothing is zero'],
])('a serial of %j reads %j: %s', (serial, text) => {
  expect(ariCertId({ authorityKeyId: hex('00'), serialNumber: hex(serial) })).toBe(`AA.${text}`)
})
