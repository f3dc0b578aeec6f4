import { afterAll, afterEach, beforeAll, beforeEach, describe as suite, expect, test } from 'vitest'
import { describe, verdictOf } from '../../src/acme/acme-error.ts'
import type { AcmeError } from '../../src/acme/acme-error.ts'
import type { AcmeClient } from '../../src/acme/client.ts'
import type { Identifier } from '../../src/acme/identifier.ts'
import { startFaultProxy } from './acme-fault-proxy.ts'
import type { Fault, FaultProxy } from './acme-fault-proxy.ts'
import { clientOf, failureOf, patience } from './acme-issuance.ts'
import { startPebble } from './acme-pebble.ts'
import type { Pebble } from './acme-pebble.ts'

const dns = (value: string): Identifier => ({ type: 'dns', value })

let pebble: Pebble
let proxy: FaultProxy
let client: AcmeClient

beforeAll(async () => {
  pebble = await startPebble()
})
afterAll(() => pebble[Symbol.asyncDispose]())

beforeEach(async () => {
  proxy = await startFaultProxy(pebble)
  client = clientOf(proxy)
})
afterEach(async () => {
  await client.close()
  await proxy[Symbol.asyncDispose]()
})

const order = (): Promise<unknown> => client.createOrder({ identifiers: [dns('hostile.example')] }, patience())
const directoryWith = (field: string, url: string): Fault => ({
  kind: 'rewritten',
  rewrite: (body) => JSON.stringify({ ...(JSON.parse(body) as object), [field]: url }),
})

/** What the client says, which has to be fit for a condition: one line, short, and to be tried again later. */
function expectDecent(error: AcmeError): string {
  const text = describe(error)
  expect(text.length).toBeLessThanOrEqual(400)
  expect(text).not.toMatch(/\p{C}/u)
  expect(verdictOf(error)).toBe('later')
  return text
}

suite('a directory that leads to', () => {
  const isNotAsked = async (url: string, why: RegExp): Promise<void> => {
    proxy.breakNext('/dir', directoryWith('newOrder', url))
    await client.createAccount({ contact: [] }, patience())
    const asked = proxy.seen.length
    expect(expectDecent(await failureOf(order()))).toMatch(why)
    expect(proxy.seen.slice(asked).filter((line) => line.startsWith('POST'))).toEqual([])
  }

  test.each<[url: string, why: RegExp]>([
    ['https://169.254.169.254/latest/meta-data/', /^169\.254\.169\.254 is at a link-local address, which is never asked$/],
    ['https://[fe80::1]/', /^fe80::1 is at a link-local address/],
    ['https://[::ffff:a9fe:a9fe]/', /link-local address/],
    ['https://metadata.google.internal/computeMetadata/v1/', /^metadata\.google\.internal is at a link-local address/],
    ['http://192.0.2.1/new-order', /^http:\/\/192\.0\.2\.1\/new-order is not an https URL/],
    ['file:///etc/passwd', /is not an https URL/],
    ['javascript:alert(1)', /is not an https URL/],
    ['/relative', /is not an https URL/],
  ])('%s: it is not asked', (url, why) => isNotAsked(url, why))

  // A title of its own: whoever reads the output of the tests may take control characters for a binary file.
  test('a very long URL with control characters: it is not asked', () =>
    isNotAsked(`https://example.com\u0000\u001b[31m/${'x'.repeat(100_000)}`, /https/))

  test('another server, which the bundle does not vouch for, is not told anything', async () => {
    proxy.breakNext('/dir', directoryWith('newOrder', pebble.directoryUrl.replace('/dir', '/order-plz')))
    await client.createAccount({ contact: [] }, patience())
    expect(await failureOf(order())).toMatchObject({ code: 'acme/tls' })
  })
})

suite('an answer', () => {
  beforeEach(async () => {
    await client.createAccount({ contact: [] }, patience())
  })

  const problem = (detail: string, more: object = {}): string =>
    JSON.stringify({ type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail, ...more })

  test.each<[what: string, body: string]>([
    ['control characters', problem('a\u0000b\u001b[31mc\r\nd\u0007')],
    ['a mebibyte of detail', problem('x'.repeat(1_000_000))],
    ['text that runs from right to left', problem('\u202eevil\u2066')],
    [
      'thousands of subproblems',
      problem('many', { subproblems: Array.from({ length: 5_000 }, () => JSON.parse(problem('sub')) as object) }),
    ],
  ])('with %s is told in one short line', async (_what, body) => {
    proxy.breakNext('/order-plz', { kind: 'answer', status: 400, body })
    const error = await failureOf(order())
    expect(describe(error).length).toBeLessThanOrEqual(400)
    expect(describe(error)).toMatch(/^400 urn:ietf:params:acme:error:rejectedIdentifier: \S/)
    expect(describe(error)).not.toMatch(/\p{C}/u)
  })

  test.each<[what: string, fault: Fault]>([
    ['a page with a script', { kind: 'answer', status: 403, body: '<script>alert("secret page")</script>' }],
    ['lists in lists in lists', { kind: 'answer', status: 200, body: '['.repeat(500_000) }],
    ['objects in objects', { kind: 'answer', status: 200, body: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}` }],
    ['a status that names the prototype', { kind: 'answer', status: 200, body: '{"__proto__":{"status":"valid"},"status":"constructor"}' }],
    ['a hundred kilobytes of headers', { kind: 'answer', status: 200, headers: { 'x-bomb': 'x'.repeat(100_000) }, body: '{}' }],
    ['no end', { kind: 'answer', status: 200, body: 'x'.repeat(3 * 1024 * 1024) }],
    ['a redirect to a metadata service', { kind: 'answer', status: 302, headers: { location: 'http://169.254.169.254/' } }],
  ])('that is %s is refused without being shown', async (_what, fault) => {
    proxy.breakNext('/order-plz', fault)
    const text = expectDecent(await failureOf(order()))
    expect(text).not.toMatch(/secret page|xxxx|169\.254|\[\[/)
  })

  test.each<[what: string, change: (order: Record<string, unknown>) => object]>([
    [
      'with thousands of authorizations',
      (given) => ({ ...given, authorizations: Array.from({ length: 5_000 }, (_, at) => `https://example.com/${at}`) }),
    ],
    ['with a URL of a hundred kilobytes', (given) => ({ ...given, finalize: `https://example.com/${'x'.repeat(100_000)}` })],
    [
      'with an authorization at a URL of a hundred kilobytes',
      (given) => ({ ...given, authorizations: [`https://example.com/${'x'.repeat(100_000)}`] }),
    ],
  ])('to a new order %s is none, as it would not fit into an Order', async (_what, change) => {
    proxy.breakNext('/order-plz', {
      kind: 'rewritten',
      rewrite: (body) => JSON.stringify(change(JSON.parse(body) as Record<string, unknown>)),
    })
    expect(expectDecent(await failureOf(order()))).toBe('the answer is not an ACME order')
  })
})
