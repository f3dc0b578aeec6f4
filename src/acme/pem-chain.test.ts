import { expect, test } from 'vitest'
import { parsePemChain } from './pem-chain.ts'

const block = (label: string, body = 'QUJD'): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`

test('the certificates stay in order, and what stands around them goes', () => {
  const text = `subject=leaf\r\n${block('CERTIFICATE', 'TEVBRg==').replaceAll('\n', '\r\n')}\r\n\r\nissuer\n${block('CERTIFICATE', 'Q0E=')}`
  expect(parsePemChain(text)).toBe(`${block('CERTIFICATE', 'TEVBRg==')}${block('CERTIFICATE', 'Q0E=')}`)
})

test('lines are 64 characters long, however the CA broke them', () => {
  const body = 'A'.repeat(100)
  expect(parsePemChain(block('CERTIFICATE', body))).toBe(block('CERTIFICATE', `${'A'.repeat(64)}\n${'A'.repeat(36)}`))
})

test.each([
  ['nothing', ''],
  ['HTML', '<html>-----</html>'],
  ['a private key', block('PRIVATE KEY')],
  ['a private key after a certificate', block('CERTIFICATE') + block('EC PRIVATE KEY')],
  ['a block without an end', `${block('CERTIFICATE')}-----BEGIN CERTIFICATE-----\nQUJD`],
  ['a block that is no base64', block('CERTIFICATE', '<b>')],
  ['a block that ends as another', '-----BEGIN CERTIFICATE-----\nQUJD\n-----END PRIVATE KEY-----\n'],
  ['an empty block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
])('%s is no chain', (_case, text) => {
  expect(parsePemChain(text)).toBeUndefined()
})
