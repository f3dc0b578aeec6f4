import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe as suite, expect, test } from 'vitest'
import { describe, verdictOf } from '../../src/acme/acme-error.ts'
import type { AcmeClient } from '../../src/acme/client.ts'
import { usualTimeouts } from '../../src/acme/dispatcher.ts'
import type { Timeouts } from '../../src/acme/dispatcher.ts'
import type { Identifier } from '../../src/acme/identifier.ts'
import type { AcmeOrder } from '../../src/acme/order.ts'
import { createTransport } from '../../src/acme/transport.ts'
import type { AcmeRequestSample } from '../../src/acme/transport.ts'
import { DAY, instant, SECOND } from '../../src/lib/instant.ts'
import { Redacted } from '../../src/lib/redacted.ts'
import { startFaultProxy } from './acme-fault-proxy.ts'
import type { Fault, FaultProxy } from './acme-fault-proxy.ts'
import { startHttpConnectProxy } from './acme-http-proxy.ts'
import { clientOf, failureOf, issue, newCsr, newEcKey, patience, readyOrder, settled } from './acme-issuance.ts'
import { startPebble } from './acme-pebble.ts'
import type { Pebble } from './acme-pebble.ts'

const dns = (value: string): Identifier => ({ type: 'dns', value })
const problem = (name: string): string => JSON.stringify({ type: `urn:ietf:params:acme:error:${name}`, detail: 'because' })
const now = instant(Date.parse('2026-11-06T08:49:00Z'))

let pebble: Pebble
let proxy: FaultProxy
let client: AcmeClient
let samples: AcmeRequestSample[]

beforeAll(async () => {
  pebble = await startPebble()
})
afterAll(() => pebble[Symbol.asyncDispose]())

beforeEach(async () => {
  proxy = await startFaultProxy(pebble)
  samples = []
  client = clientOf(proxy, { clock: { now: () => now }, observe: (sample) => samples.push(sample) })
  await client.createAccount({ contact: [] }, patience())
})
afterEach(async () => {
  await client.close()
  await proxy[Symbol.asyncDispose]()
})

const order = (name: string): Promise<AcmeOrder> => client.createOrder({ identifiers: [dns(name)] }, patience())
const later = (seconds: number) => ({ kind: 'at', at: now + seconds * SECOND })
const backoff = { kind: 'backoff' }

suite('when reading an order goes wrong, the error has a type, the order stays, and the next reading succeeds', () => {
  test.each<[what: string, fault: Fault, code: string, retry: object]>([
    [
      '429 with seconds',
      { kind: 'answer', status: 429, headers: { 'retry-after': '90' }, body: problem('rateLimited') },
      'acme/rateLimited',
      later(90),
    ],
    [
      '429 with a date',
      { kind: 'answer', status: 429, headers: { 'retry-after': 'Fri, 06 Nov 2026 08:50:00 GMT' } },
      'acme/rateLimited',
      later(60),
    ],
    [
      '429 with garbage',
      { kind: 'answer', status: 429, headers: { 'retry-after': 'tomorrow' }, body: problem('rateLimited') },
      'acme/rateLimited',
      backoff,
    ],
    [
      '429 for ten years',
      { kind: 'answer', status: 429, headers: { 'retry-after': '315360000' } },
      'acme/rateLimited',
      later(DAY / SECOND),
    ],
    ['429 without a word', { kind: 'answer', status: 429 }, 'acme/rateLimited', backoff],
    [
      '503 with Retry-After',
      { kind: 'answer', status: 503, headers: { 'retry-after': '5' }, body: 'down' },
      'acme/serverInternal',
      later(5),
    ],
    ['503 with a page', { kind: 'answer', status: 503, body: '<html>maintenance</html>' }, 'acme/serverInternal', backoff],
    ['500 serverInternal', { kind: 'answer', status: 500, body: problem('serverInternal') }, 'acme/serverInternal', backoff],
    ['404 from something that is no CA', { kind: 'answer', status: 404, body: 'page not found' }, 'acme/protocol', backoff],
    ['403 from a firewall', { kind: 'answer', status: 403, body: '<html>blocked</html>' }, 'acme/protocol', backoff],
    ['a redirect', { kind: 'answer', status: 307, headers: { location: 'https://elsewhere.example/' } }, 'acme/protocol', backoff],
    ['a reset connection', { kind: 'reset' }, 'acme/unreachable', backoff],
    ['half an answer', { kind: 'half-body' }, 'acme/unreachable', backoff],
    ['an answer that is too large', { kind: 'answer', status: 200, body: 'x'.repeat(2 * 1024 * 1024) }, 'acme/protocol', backoff],
    ['an answer that is no JSON', { kind: 'answer', status: 200, body: 'ok' }, 'acme/protocol', backoff],
    ['an answer that is no order', { kind: 'answer', status: 200, body: '{"status":"fine"}' }, 'acme/protocol', backoff],
    ['an empty answer', { kind: 'answer', status: 200 }, 'acme/protocol', backoff],
    ['a lost answer', { kind: 'lost-answer' }, 'acme/unreachable', backoff],
  ])('%s', async (_what, fault, code, retry) => {
    const { url } = await order('faults.example')
    proxy.breakNext('/my-order/', fault)
    const error = await failureOf(client.order(url, patience()))
    expect(error).toMatchObject({ code, retry })
    expect(verdictOf(error)).toBe('later')
    expect(await client.order(url, patience())).toMatchObject({ url, status: 'pending' })
  })
})

suite('an answer that was lost although the CA acted', () => {
  test('to finalize is found by reading the order, and nothing was sent twice', async () => {
    const ready = await readyOrder(client, pebble, { identifiers: [dns('lost-finalize.example')] })
    const { der } = await newCsr(['lost-finalize.example'])
    proxy.breakNext('/finalize-order/', { kind: 'lost-answer' })
    expect(await failureOf(client.finalize(ready, der, patience()))).toMatchObject({ code: 'acme/unreachable' })
    expect(await settled(client, ready.url, 'processing')).toMatchObject({ status: 'valid' })
    expect(proxy.seen.filter((line) => line.startsWith('POST /finalize-order/'))).toHaveLength(1)
  })

  test('to a new account is found by asking for the account of the key', async () => {
    const accountKey = newEcKey()
    const other = clientOf(proxy, { accountKey })
    proxy.breakNext('/sign-me-up', { kind: 'lost-answer' })
    expect(await failureOf(other.createAccount({ contact: [] }, patience()))).toMatchObject({ code: 'acme/unreachable' })
    expect(await other.createAccount({ contact: [], onlyReturnExisting: true }, patience())).toMatchObject({
      status: 'valid',
      isNew: false,
    })
    await other.close()
  })

  test('to a new order leaves an account that creates the next one', async () => {
    proxy.breakNext('/order-plz', { kind: 'lost-answer' })
    expect(await failureOf(order('lost-order.example'))).toMatchObject({ code: 'acme/unreachable' })
    expect((await issue(client, pebble, { identifiers: [dns('lost-order.example')] })).order.status).toBe('valid')
    expect(proxy.seen.filter((line) => line === 'POST /order-plz')).toHaveLength(2)
  })

  test('to a key change is found with the new key', async () => {
    const newKey = newEcKey()
    proxy.breakNext('/rollover-account-key', { kind: 'lost-answer' })
    expect(await failureOf(client.changeKey(newKey, patience()))).toMatchObject({ code: 'acme/unreachable' })
    const other = clientOf(proxy, { accountKey: newKey })
    expect(await other.createAccount({ contact: [], onlyReturnExisting: true }, patience())).toMatchObject({ status: 'valid' })
    await other.close()
  })
})

suite('what a server hands out', () => {
  test('as a redirect is not followed', async () => {
    const { url } = await order('redirect.example')
    proxy.breakNext('/my-order/', { kind: 'answer', status: 307, headers: { location: '/nonce-plz' } })
    expect(describe(await failureOf(client.order(url, patience())))).toMatch(/^307 the server redirects/)
    expect(proxy.seen.at(-1)).toMatch(/^POST .*my-order/)
  })

  test('is not requested over plain http', async () => {
    proxy.breakNext('/order-plz', {
      kind: 'rewritten',
      rewrite: (body) => body.replaceAll(/https:[^"]*authZ[^"]*/g, 'http://169.254.169.254/latest/meta'),
    })
    const { authorizations } = await order('metadata.example')
    const error = await failureOf(client.authorization(authorizations[0] ?? '', patience()))
    expect(error).toMatchObject({ code: 'acme/protocol' })
    expect(describe(error)).toContain('http://169.254.169.254/latest/meta is not an https URL')
  })

  test('as a certificate is never a private key', async () => {
    const { order: issued } = await issue(client, pebble, { identifiers: [dns('pem.example')] })
    proxy.breakNext('/certZ/', { kind: 'rewritten', rewrite: (body) => body.replaceAll('CERTIFICATE', 'PRIVATE KEY') })
    expect(await failureOf(client.certificate(issued.certificate ?? '', patience()))).toMatchObject({ code: 'acme/protocol' })
    expect((await client.certificate(issued.certificate ?? '', patience())).chain).toContain('BEGIN CERTIFICATE')
  })

  test('as a chain is read up to half a mebibyte', async () => {
    const { order: issued } = await issue(client, pebble, { identifiers: [dns('large.example')] })
    proxy.breakNext('/certZ/', { kind: 'rewritten', rewrite: (body) => body + ' '.repeat(600 * 1024) })
    expect(await failureOf(client.certificate(issued.certificate ?? '', patience()))).toMatchObject({ code: 'acme/protocol' })
  })
})

suite('a bad nonce', () => {
  const badNonce: Fault = { kind: 'answer', status: 400, body: problem('badNonce') }

  test('is replaced without the caller noticing, and the nonces kept from before are thrown away', async () => {
    await Promise.all([order('a.example'), order('b.example'), order('c.example')]) // leaves three nonces
    proxy.breakNext('/order-plz', badNonce)
    await order('nonce.example')
    expect(proxy.seen.slice(-3)).toEqual(['POST /order-plz', expect.stringMatching(/^HEAD/), 'POST /order-plz'])
  })

  test('again and again ends as an error that says later', async () => {
    for (let times = 0; times < 8; times += 1) proxy.breakNext('/order-plz', badNonce)
    const error = await failureOf(order('nonce.example'))
    expect(error).toMatchObject({ code: 'acme/badNonce', retry: backoff })
    expect(verdictOf(error)).toBe('later')
  })

  test('service that gives no nonce is a fault of the server', async () => {
    proxy.breakNext('/order-plz', badNonce)
    proxy.breakNext('/nonce-plz', { kind: 'answer', status: 200 })
    expect(await failureOf(order('nonce.example'))).toMatchObject({ code: 'acme/protocol' })
  })
})

suite('the directory', () => {
  test('that cannot be read is asked for again at the next call', async () => {
    const other = clientOf(proxy)
    proxy.breakNext('/dir', { kind: 'answer', status: 503 })
    expect(await failureOf(other.directory(patience()))).toMatchObject({ code: 'acme/serverInternal' })
    proxy.breakNext('/dir', { kind: 'answer', status: 200, body: '<html>a web site</html>' })
    expect(describe(await failureOf(other.directory(patience())))).toBe('there is no ACME directory at this URL')
    expect(await other.directory(patience())).toMatchObject({ externalAccountRequired: false })
    await other.close()
  })

  test('that one caller no longer wants still comes for the others', async () => {
    const other = clientOf(proxy)
    const impatient = new AbortController()
    const [first, second] = [other.directory(impatient.signal), other.directory(patience())]
    impatient.abort(new Error('shutting down'))
    await expect(first).rejects.toThrow('shutting down')
    expect(await second).toMatchObject({ externalAccountRequired: false })
    await other.close()
  })

  test('is not asked for with a signal that is aborted already', async () => {
    const other = clientOf(proxy)
    const asked = proxy.seen.length
    await expect(other.directory(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
    await other.close()
    expect(proxy.seen).toHaveLength(asked)
  })

  test('without renewal windows is told apart from a window that is not there', async () => {
    const other = clientOf(proxy)
    proxy.breakNext('/dir', { kind: 'rewritten', rewrite: (body) => body.replace('"renewalInfo"', '"somethingElse"') })
    expect(await failureOf(other.renewalInfo('AA.AA', patience()))).toMatchObject({ code: 'acme/unsupported', retry: { kind: 'never' } })
    await other.close()
  })
})

suite('whom to trust', () => {
  const trust = async (endpoint: { readonly caBundle?: string; readonly skipTlsVerify?: boolean }) => {
    const other = clientOf(proxy, { endpoint: { directoryUrl: proxy.directoryUrl, ...endpoint } })
    return { other, call: other.directory(patience()).finally(() => other.close()) }
  }

  test('a server whose CA is not in the bundle is not trusted', async () => {
    const { call } = await trust({ caBundle: pebble.caPem })
    expect(await failureOf(call)).toMatchObject({ code: 'acme/tls', retry: backoff })
  })

  test('without a bundle the roots of the system count', async () => {
    expect(await failureOf((await trust({})).call)).toMatchObject({ code: 'acme/tls' })
  })

  test('a bundle that is no PEM trusts nobody', async () => {
    expect(await failureOf((await trust({ caBundle: 'not a bundle' })).call)).toMatchObject({ code: 'acme/tls' })
  })

  test('skipTlsVerify trusts everybody', async () => {
    expect(await (await trust({ skipTlsVerify: true })).call).toMatchObject({ externalAccountRequired: false })
  })

  test('nobody listens', async () => {
    const other = clientOf({ directoryUrl: 'https://127.0.0.1:1/dir', caPem: proxy.caPem })
    const error = await failureOf(other.directory(patience()))
    expect(error).toMatchObject({ code: 'acme/unreachable' })
    expect(describe(error)).toBe('127.0.0.1:1 cannot be reached, or the connection broke (ECONNREFUSED)')
    await other.close()
  })

  test('a directory over http is not asked', async () => {
    const other = clientOf({ directoryUrl: 'http://127.0.0.1:1/dir', caPem: proxy.caPem })
    const error = await failureOf(other.directory(patience()))
    expect(error).toMatchObject({ code: 'acme/invalidUrl', retry: { kind: 'never' } })
    expect(describe(error)).toBe('the directory URL http://127.0.0.1:1/dir is not an https URL')
    await other.close()
  })
})

suite('a server that takes its time', () => {
  test.each<[what: string, fault: Fault, limits: Partial<Timeouts>]>([
    ['says nothing', { kind: 'silence' }, { silence: 3_000 }],
    ['drips without an end', { kind: 'drip' }, { whole: 3_000 }],
  ])('and %s is given up, and the next request is answered', async (_what, fault, limits) => {
    const timeouts = { ...usualTimeouts, ...limits }
    const endpoint = { directoryUrl: proxy.directoryUrl, caBundle: proxy.caPem }
    const transport = createTransport({ endpoint, userAgent: 'certwright-test/0', connections: 1, timeouts })
    const ask = () => transport.send({ action: 'discover', method: 'GET', url: proxy.directoryUrl }, patience())
    proxy.breakNext('/dir', fault)
    expect(await failureOf(ask())).toMatchObject({ code: 'acme/timeout', retry: backoff })
    expect(await ask()).toMatchObject({ status: 200 })
    await transport.close()
  })
})

suite('an HTTP proxy', () => {
  const through = (url: string, noProxy?: string) =>
    clientOf(proxy, { proxy: { url: new Redacted(url), ...(noProxy === undefined ? {} : { noProxy }) } })

  test('carries the requests, still with the trust of the issuer, unless the host is to be asked directly', async () => {
    await using connectProxy = await startHttpConnectProxy('user:pass word')
    const url = `http://user:pass%20word@127.0.0.1:${connectProxy.port}`
    const { host, hostname } = new URL(proxy.directoryUrl)
    const proxied = through(url)
    expect(await proxied.directory(patience())).toMatchObject({ externalAccountRequired: false })
    expect(connectProxy.connected).toEqual([host])
    const direct = through(url, hostname)
    expect(await direct.directory(patience())).toMatchObject({ externalAccountRequired: false })
    expect(connectProxy.connected).toEqual([host])
    const stranger = clientOf({ ...proxy, caPem: pebble.caPem }, { proxy: { url: new Redacted(url) } })
    expect(await failureOf(stranger.directory(patience()))).toMatchObject({ code: 'acme/tls' })
    await Promise.all([proxied, direct, stranger].map((each) => each.close()))
  })

  test('that refuses us is a fault, and its password is in no message', async () => {
    await using connectProxy = await startHttpConnectProxy('user:right')
    const refused = through(`http://user:wrong-password@127.0.0.1:${connectProxy.port}`)
    const error = await failureOf(refused.directory(patience()))
    expect(error).toMatchObject({ code: 'acme/unreachable', retry: backoff })
    expect(inspect(error, { depth: 9 })).not.toContain('wrong-password')
    await refused.close()
  })

  test('whose URL does not parse is told without showing it', () => {
    expect(() => through('http://user:pass word@:x')).toThrow(/^the URL of the HTTP proxy does not parse$/)
  })
})

suite('one account with 300 calls at once', () => {
  test('keeps to 16 requests under way and uses the nonces that come with the answers', async () => {
    const { authorizations } = await order('crowd.example')
    const asked = proxy.seen.length
    const letGo = proxy.hold()
    const asking = Promise.all(Array.from({ length: 300 }, () => client.authorization(authorizations[0] ?? '', patience())))
    await expect.poll(() => proxy.mostAtOnce(), { timeout: 120_000 }).toBe(16)
    letGo()
    const replies = await asking
    const requests = proxy.seen.slice(asked)
    expect(replies.filter(({ status }) => status === 'pending')).toHaveLength(300)
    expect(requests.filter((line) => line.startsWith('POST'))).toHaveLength(300)
    expect(requests.filter((line) => line.startsWith('HEAD')).length).toBeLessThanOrEqual(16)
    expect(proxy.mostAtOnce()).toBe(16)
  })

  test('lets those that wait be aborted, and the rest succeed', async () => {
    const { authorizations } = await order('crowd.example')
    const leaving = new AbortController()
    const ask = (signal: AbortSignal) => client.authorization(authorizations[0] ?? '', signal)
    const stays = Array.from({ length: 100 }, () => ask(patience()))
    const leaves = Array.from({ length: 100 }, () => ask(leaving.signal))
    leaving.abort(new Error('shutting down'))
    const left = await Promise.allSettled(leaves)
    expect(left.filter(({ status }) => status === 'rejected')).toHaveLength(100)
    expect(await Promise.all(stays)).toHaveLength(100)
  })
})

test('each request is observed with the labels that dashboards know', async () => {
  const { url } = await order('metrics.example')
  samples.length = 0
  proxy.breakNext('/my-order/', { kind: 'reset' })
  await failureOf(client.order(url, patience()))
  await client.order(url, patience())
  const { host } = new URL(proxy.directoryUrl)
  const posts = samples.filter(({ method }) => method === 'POST')
  expect(posts.map(({ status }) => status)).toEqual(['999', '200'])
  for (const sample of posts) {
    expect(sample).toMatchObject({ scheme: 'https', host, action: 'get_order' })
    expect(sample.seconds).toBeGreaterThan(0)
  }
})

test('a request that is aborted under way ends with the reason of the signal', async () => {
  const { url } = await order('abort.example')
  const aborting = new AbortController()
  const letGo = proxy.hold()
  const reading = client.order(url, aborting.signal)
  await expect.poll(() => proxy.seen.at(-1), { timeout: 120_000 }).toMatch(/^POST .*my-order/)
  aborting.abort(new Error('shutting down'))
  await expect(reading).rejects.toThrow('shutting down')
  letGo()
  expect(await client.order(url, patience())).toMatchObject({ status: 'pending' })
})

test('a signal that outlives many calls collects no listeners', async () => {
  const other = clientOf(proxy)
  const { signal } = new AbortController()
  await other.directory(signal)
  await other.createAccount({ contact: [] }, signal)
  await other.createOrder({ identifiers: [dns('listeners.example')] }, signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
  await other.close()
})
