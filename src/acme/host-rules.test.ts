import type { LookupAddress } from 'node:dns'
import { expect, test } from 'vitest'
import { HttpFault } from '../lib/http-fault.ts'
import { hostRules } from './host-rules.ts'

const names: Readonly<Record<string, readonly string[]>> = {
  'ca.example': ['192.0.2.1'],
  'cdn.example': ['198.51.100.1', '2001:db8::1'],
  'ca.internal': ['10.0.0.1'],
  'nonces.internal': ['10.0.0.2'],
  'metadata.test': ['169.254.169.254'],
  'rebound.test': ['127.0.0.1'],
  'mixed.test': ['10.0.0.9', '192.0.2.9'],
}
const rulesOf = (directoryUrl: string) =>
  hostRules(directoryUrl, (hostname, _options, callback) => {
    const addresses = (names[hostname] ?? []).map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }))
    callback(addresses.length === 0 ? new Error('no such name') : null, addresses)
  })

/** The addresses that are left of a name, or why none is. */
function found(rules: ReturnType<typeof rulesOf>, hostname: string): readonly string[] | string {
  let result: readonly string[] | string = 'nothing was called back'
  rules.lookup(hostname, { all: true }, (error, addresses) => {
    if (error !== null) result = error.message
    else if (typeof addresses !== 'string') result = addresses.map(({ address }) => address)
  })
  return result
}

test.each<[url: string, why: RegExp]>([
  ['https://169.254.169.254/latest/meta-data', /^169\.254\.169\.254 is at a link-local address/],
  ['https://2852039166/', /^169\.254\.169\.254 is/],
  ['https://0xa9.0xfe.0xa9.0xfe/', /^169\.254\.169\.254 is/],
  ['https://[fe80::1]/', /^fe80::1 is at a link-local/],
  ['https://[::ffff:169.254.169.254]/', /link-local/],
  ['https://metadata.google.internal/', /link-local/],
  ['https://metadata.google.internal./', /link-local/],
  ['https://127.0.0.1/', /^127\.0\.0\.1 is at a loopback address, which only a CA that is at one itself may name/],
  ['https://[::1]/', /loopback/],
  ['https://0.0.0.0/', /loopback/],
  ['https://10.0.0.1:6443/', /private/],
])('a public CA does not have %s asked', (url, why) => {
  expect(rulesOf('https://ca.example/dir').refusalOf(new URL(url))).toMatch(why)
})

test.each<[directory: string, url: string]>([
  ['https://ca.example/dir', 'https://ca.example/order/1'],
  ['https://ca.example/dir', 'https://cdn.example/cert/1'],
  ['https://ca.example/dir', 'https://192.0.2.7/cert/1'],
  ['https://10.0.0.1/dir', 'https://10.0.0.1/order/1'],
  ['https://10.0.0.1/dir', 'https://192.168.0.1/order/1'],
  ['https://127.0.0.1/dir', 'https://10.0.0.1/order/1'],
])('the CA of %s may name %s', (directory, url) => {
  expect(rulesOf(directory).refusalOf(new URL(url))).toBeUndefined()
})

test('a CA at a private address may not name loopback', () => {
  expect(rulesOf('https://10.0.0.1/dir').refusalOf(new URL('https://127.0.0.1/'))).toMatch(/loopback/)
})

test('not even the user may name a link-local address', () => {
  expect(rulesOf('https://169.254.169.254/dir').refusalOf(new URL('https://169.254.169.254/dir'))).toMatch(/link-local/)
})

test('a name of a public CA that leads inside is not followed', () => {
  const rules = rulesOf('https://ca.example/dir')
  expect(found(rules, 'ca.example')).toEqual(['192.0.2.1'])
  expect(found(rules, 'cdn.example')).toEqual(['198.51.100.1', '2001:db8::1'])
  expect(found(rules, 'nonces.internal')).toMatch(/private address/)
  expect(found(rules, 'rebound.test')).toMatch(/loopback/)
  expect(found(rules, 'metadata.test')).toMatch(/link-local/)
  expect(found(rules, 'mixed.test')).toEqual(['192.0.2.9'])
})

test('a CA that turns out to be inside may name others inside, but no metadata service', () => {
  const rules = rulesOf('https://ca.internal/dir')
  expect(found(rules, 'nonces.internal')).toMatch(/private address/)
  expect(found(rules, 'ca.internal')).toEqual(['10.0.0.1'])
  expect(found(rules, 'nonces.internal')).toEqual(['10.0.0.2'])
  expect(rules.refusalOf(new URL('https://10.0.0.2/'))).toBeUndefined()
  expect(found(rules, 'metadata.test')).toMatch(/link-local/)
  expect(found(rules, 'rebound.test')).toMatch(/loopback/)
})

test('one address is given to who wants one, and a failed lookup stays one', () => {
  const rules = rulesOf('https://ca.example/dir')
  const results: unknown[] = []
  const collect = (...values: unknown[]): void => void results.push(values)
  rules.lookup('cdn.example', {}, collect)
  rules.lookup('absent.example', {}, collect)
  rules.lookup('metadata.test', {}, collect)
  expect(results).toEqual([
    [null, '198.51.100.1', 4],
    [new Error('no such name'), ''],
    [expect.any(HttpFault), ''],
  ])
})
