import { createHmac, KeyObject, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe as suite, expect, test } from 'vitest'
import { describe, verdictOf } from '../../src/acme/acme-error.ts'
import { ariCertId } from '../../src/acme/ari-cert-id.ts'
import type { AcmeClient } from '../../src/acme/client.ts'
import type { Identifier } from '../../src/acme/identifier.ts'
import type { AcmeRequestSample } from '../../src/acme/transport.ts'
import { DAY, instant, MINUTE, SECOND } from '../../src/lib/instant.ts'
import { Redacted } from '../../src/lib/redacted.ts'
import { clientOf, failureOf, insistently, issue, newCsr, newEcKey, newRsaKey, patience, readyOrder } from './acme-issuance.ts'
import { startPebble } from './acme-pebble.ts'
import type { Pebble } from './acme-pebble.ts'

const dns = (value: string): Identifier => ({ type: 'dns', value })
const opened: AcmeClient[] = []

/** A client that is closed after the tests. */
function open(at: Pebble, options: Parameters<typeof clientOf>[1] = {}): AcmeClient {
  const client = clientOf(at, options)
  opened.push(client)
  return client
}

async function registered(at: Pebble, options: Parameters<typeof clientOf>[1] = {}): Promise<AcmeClient> {
  const client = open(at, options)
  await client.createAccount({ contact: ['mailto:ops@example.com'] }, patience())
  return client
}

const certificatesIn = (chain: string): readonly X509Certificate[] =>
  chain
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter((pem) => pem !== '')
    .map((pem) => new X509Certificate(pem))

let pebble: Pebble

beforeAll(async () => {
  pebble = await startPebble({
    domainBlocklist: ['blocked.example'],
    retryAfter: { authz: 3, order: 5 },
    profiles: { default: 7_776_000, shortlived: 518_400 },
    alternateRoots: 2,
  })
})

afterAll(async () => {
  await Promise.all(opened.map((client) => client.close()))
  await pebble[Symbol.asyncDispose]()
})

suite('the directory', () => {
  test('tells the terms, the profiles and where renewal windows are', async () => {
    const directory = await open(pebble).directory(patience())
    expect(directory).toMatchObject({
      externalAccountRequired: false,
      profiles: { default: 'valid for 7776000 seconds', shortlived: 'valid for 518400 seconds' },
    })
    expect(directory.termsOfService).toMatch(/^data:|^https?:/)
    expect(directory.renewalInfo).toMatch(/^https:/)
  })

  test('is fetched once for all who ask within the hour', async () => {
    const samples: AcmeRequestSample[] = []
    let now = 1_000_000
    const client = open(pebble, { observe: (sample) => samples.push(sample), clock: { now: () => instant(now) } })
    await Promise.all([client.directory(patience()), client.directory(patience())])
    await client.directory(patience())
    expect(samples).toHaveLength(1)
    now += DAY
    await client.directory(patience())
    expect(samples).toHaveLength(2)
  })
})

suite('an account', () => {
  test.each([
    ['RSA', newRsaKey],
    ['P-256', newEcKey],
  ])('with an %s key is registered once and found again by its key', async (_kind, newKey) => {
    const accountKey = newKey()
    const first = await open(pebble, { accountKey }).createAccount({ contact: ['mailto:ops@example.com'] }, patience())
    const again = await open(pebble, { accountKey }).createAccount({ contact: [], onlyReturnExisting: true }, patience())
    expect(first).toMatchObject({ status: 'valid', contact: ['mailto:ops@example.com'], isNew: true })
    expect(again).toMatchObject({ url: first.url, status: 'valid', isNew: false })
  })

  test('that is created a second time keeps its contacts', async () => {
    const accountKey = newEcKey()
    await open(pebble, { accountKey }).createAccount({ contact: ['mailto:first@example.com'] }, patience())
    const again = await open(pebble, { accountKey }).createAccount({ contact: ['mailto:second@example.com'] }, patience())
    expect(again).toMatchObject({ contact: ['mailto:first@example.com'], isNew: false })
  })

  test('that was never registered is said to be unknown', async () => {
    const error = await failureOf(open(pebble).createAccount({ contact: [], onlyReturnExisting: true }, patience()))
    expect(error).toMatchObject({ code: 'acme/accountDoesNotExist', httpStatus: 400, retry: { kind: 'never' } })
    expect(verdictOf(error)).toBe('unknown-account')
  })

  test('is needed before an order', async () => {
    const error = await failureOf(open(pebble).createOrder({ identifiers: [dns('a.example')] }, patience()))
    expect(verdictOf(error)).toBe('unknown-account')
  })

  test('changes its contacts', async () => {
    const client = await registered(pebble)
    await client.updateAccount({ contact: ['mailto:new@example.com'] }, patience())
    expect(await client.account(patience())).toMatchObject({ contact: ['mailto:new@example.com'] })
  })

  test('is refused with a contact that the CA cannot write to', async () => {
    const error = await failureOf(open(pebble).createAccount({ contact: ['tel:123'] }, patience()))
    expect(error).toMatchObject({ code: 'acme/unsupportedContact', retry: { kind: 'never' } })
    expect(verdictOf(error)).toBe('refused')
  })

  test('moves to another key, and the old key is no longer its own', async () => {
    const [accountKey, newKey] = [newRsaKey(), newEcKey()]
    const client = await registered(pebble, { accountKey })
    const { url } = await client.account(patience())
    await client.changeKey(newKey, patience())
    const found = await open(pebble, { accountKey: newKey }).createAccount({ contact: [], onlyReturnExisting: true }, patience())
    const lost = await failureOf(open(pebble, { accountKey }).createAccount({ contact: [], onlyReturnExisting: true }, patience()))
    expect(found.url).toBe(url)
    expect(lost.code).toBe('acme/accountDoesNotExist')
    expect((await issue(client, pebble, { identifiers: [dns('after-rollover.example')] })).order.status).toBe('valid')
  })

  test('that was deactivated creates no more orders', async () => {
    const client = await registered(pebble)
    expect(await client.deactivateAccount(patience())).toMatchObject({ status: 'deactivated' })
    const error = await failureOf(client.createOrder({ identifiers: [dns('a.example')] }, patience()))
    expect(verdictOf(error)).toBe('refused')
  })
})

suite('external account binding', () => {
  const secret = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
  let bound: Pebble

  beforeAll(async () => {
    bound = await startPebble({ eabKeys: { 'kid-1': secret } })
  })
  afterAll(() => bound[Symbol.asyncDispose]())

  const eab = (keyId: string, key: string) => ({ keyId, hmacKey: new Redacted(Buffer.from(key, 'base64url')) })

  test('is asked for in the directory, and an account without it is refused', async () => {
    const client = open(bound)
    expect(await client.directory(patience())).toMatchObject({ externalAccountRequired: true })
    expect(await failureOf(client.createAccount({ contact: [] }, patience()))).toMatchObject({ code: 'acme/externalAccountRequired' })
  })

  test('with the right key registers the account', async () => {
    expect(await open(bound).createAccount({ contact: [], eab: eab('kid-1', secret) }, patience())).toMatchObject({
      status: 'valid',
      isNew: true,
    })
  })

  test.each([
    ['the wrong key', eab('kid-1', 'AAAA')],
    ['an unknown key id', eab('kid-9', secret)],
  ])('with %s is refused, and the key is in no message', async (_case, wrong) => {
    const error = await failureOf(open(bound).createAccount({ contact: [], eab: wrong }, patience()))
    expect(verdictOf(error)).toBe('refused')
    const mac = createHmac('sha256', wrong.hmacKey.reveal()).digest('base64url')
    expect(`${error.message}${JSON.stringify(error)}`).not.toMatch(new RegExp(`${secret}|${mac}`))
  })
})

suite('an order', () => {
  test('goes from its authorizations to a chain that its root vouches for', async () => {
    const client = await registered(pebble)
    const { order, chain } = await issue(client, pebble, { identifiers: [dns('a.example'), dns('b.example')] })
    const certificates = certificatesIn(chain)
    const root = new X509Certificate((await pebble.roots())[0] ?? '')
    expect(order.identifiers).toHaveLength(2)
    expect(order.identifiers).toEqual(expect.arrayContaining([dns('a.example'), dns('b.example')]))
    expect(certificates.length).toBeGreaterThan(1)
    expect(certificates[0]?.subjectAltName).toBe('DNS:a.example, DNS:b.example')
    expect(certificates.at(-1)?.verify(root.publicKey)).toBe(true)
  })

  test('offers the chains to the other roots', async () => {
    const client = await registered(pebble)
    const { chain, alternates } = await issue(client, pebble, { identifiers: [dns('alternates.example')] })
    expect(alternates).toHaveLength(2)
    const leaf = certificatesIn(chain)[0]?.fingerprint256
    for (const url of alternates) {
      const other = await client.certificate(url, patience())
      expect(other.chain).not.toBe(chain)
      expect(certificatesIn(other.chain)[0]?.fingerprint256).toBe(leaf)
    }
  })

  test('has an authorization with a challenge of each type', async () => {
    const client = await registered(pebble)
    const order = await client.createOrder({ identifiers: [dns('challenges.example')] }, patience())
    const authorization = await client.authorization(order.authorizations[0] ?? '', patience())
    expect(authorization).toMatchObject({ status: 'pending', identifier: dns('challenges.example'), wildcard: false })
    expect(authorization.challenges.map(({ type }) => type)).toEqual(expect.arrayContaining(['http-01', 'dns-01', 'tls-alpn-01']))
    for (const { token } of authorization.challenges) expect(token).toMatch(/^([\w-]{20,})?$/)
  })

  test('that was finalized tells when the CA wants to be asked again', async () => {
    const client = await registered(pebble)
    const order = await readyOrder(client, pebble, { identifiers: [dns('pacing.example')] })
    const { der } = await newCsr(['pacing.example'])
    const sentAt = Date.now()
    const { retryAfter } = await client.finalize(order, der, patience())
    // Pebble says five seconds, at random as a number or as a date, which knows no milliseconds.
    expect(retryAfter).toBeGreaterThan(sentAt + 3 * SECOND)
    expect(retryAfter).toBeLessThan(sentAt + MINUTE)
  })

  test('becomes invalid with the problem of its challenge when nothing answers', async () => {
    const client = await registered(pebble)
    const order = await client.createOrder({ identifiers: [dns('silent.example')] }, patience())
    const url = order.authorizations[0] ?? ''
    const challenge = (await client.authorization(url, patience())).challenges.find(({ type }) => type === 'http-01')
    await client.acceptChallenge(challenge?.url ?? '', patience())
    await expect.poll(async () => (await client.authorization(url, patience())).status, { timeout: 120_000 }).toBe('invalid')
    expect(await client.challenge(challenge?.url ?? '', patience())).toMatchObject({
      status: 'invalid',
      error: { type: 'urn:ietf:params:acme:error:unauthorized', status: 403 },
    })
    expect(await client.order(order.url, patience())).toMatchObject({ status: 'invalid' })
  })

  test('for a name that the CA does not want is refused with status and type', async () => {
    const client = await registered(pebble)
    const error = await failureOf(client.createOrder({ identifiers: [dns('blocked.example')] }, patience()))
    expect(describe(error)).toMatch(/^400 urn:ietf:params:acme:error:rejectedIdentifier: .*blocked\.example/)
    expect(verdictOf(error)).toBe('refused')
  })

  test('takes a profile that the CA has, and its lifetime is that of the profile', async () => {
    const client = await registered(pebble)
    const { chain } = await issue(client, pebble, { identifiers: [dns('short.example')], profile: 'shortlived' })
    const [leaf] = certificatesIn(chain)
    const lifetime = Date.parse(leaf?.validTo ?? '') - Date.parse(leaf?.validFrom ?? '')
    expect(lifetime / DAY).toBeCloseTo(6, 1)
  })

  test('ends when it was asked to', async () => {
    const client = await registered(pebble)
    const notAfter = instant(Math.floor(Date.now() / SECOND) * SECOND + 10 * DAY)
    const { chain } = await issue(client, pebble, { identifiers: [dns('ten-days.example')], notAfter })
    expect(Date.parse(certificatesIn(chain)[0]?.validTo ?? '')).toBe(notAfter)
  })

  test('with a profile that the CA does not have is refused, and the reason names the profile', async () => {
    const client = await registered(pebble)
    const error = await failureOf(client.createOrder({ identifiers: [dns('a.example')], profile: 'eternal' }, patience()))
    expect(error.code).toBe('acme/invalidProfile')
    expect(describe(error)).toContain('eternal')
  })

  test('that is finalized too early is not ready, and stays', async () => {
    const client = await registered(pebble)
    const order = await client.createOrder({ identifiers: [dns('early.example')] }, patience())
    const { der } = await newCsr(['early.example'])
    const error = await failureOf(client.finalize(order, der, patience()))
    expect(verdictOf(error)).toBe('not-ready')
    expect(await client.order(order.url, patience())).toMatchObject({ status: 'pending' })
  })

  test('that is finalized with a CSR for other names is refused for good', async () => {
    const client = await registered(pebble)
    const order = await readyOrder(client, pebble, { identifiers: [dns('csr.example')] })
    const { der } = await newCsr(['other.example'])
    const error = await failureOf(client.finalize(order, der, patience()))
    expect(verdictOf(error)).toBe('refused')
  })

  test('that the CA does not know is told apart from a refusal', async () => {
    const client = await registered(pebble)
    const order = await client.createOrder({ identifiers: [dns('unknown.example')] }, patience())
    const { der } = await newCsr(['unknown.example'])
    const error = await failureOf(client.finalize({ url: `${order.url}x`, finalize: `${order.finalize}x` }, der, patience()))
    expect(error).toMatchObject({ code: 'acme/malformed', httpStatus: 404 })
    expect(verdictOf(error)).toBe('unknown-order')
  })

  test('covers wildcards and IP addresses', async () => {
    const client = await registered(pebble)
    const wild = await client.createOrder({ identifiers: [dns('*.wild.example')] }, patience())
    expect(await client.authorization(wild.authorizations[0] ?? '', patience())).toMatchObject({
      wildcard: true,
      identifier: dns('wild.example'),
    })
    const ip = await client.createOrder({ identifiers: [{ type: 'ip', value: '192.0.2.7' }] }, patience())
    expect(ip.identifiers).toEqual([{ type: 'ip', value: '192.0.2.7' }])
  })

  test('loses an authorization that is deactivated', async () => {
    const client = await registered(pebble)
    const order = await client.createOrder({ identifiers: [dns('deactivated.example')] }, patience())
    expect(await client.deactivateAuthorization(order.authorizations[0] ?? '', patience())).toMatchObject({ status: 'deactivated' })
  })
})

suite('an issued certificate', () => {
  test('has a renewal window, and its successor may say what it replaces, once', async () => {
    const client = await registered(pebble)
    const { chain } = await issue(client, pebble, { identifiers: [dns('ari.example')] })
    const [leaf] = certificatesIn(chain)
    const certId = ariCertId(idPartsOf(leaf))
    const { suggestedWindow } = await client.renewalInfo(certId, patience())
    expect(suggestedWindow.start).toBeGreaterThan(Date.parse(leaf?.validFrom ?? ''))
    expect(suggestedWindow.end).toBeLessThanOrEqual(Date.parse(leaf?.validTo ?? ''))

    const replacing = { identifiers: [dns('ari.example')], replaces: certId }
    expect((await issue(client, pebble, replacing)).order.status).toBe('valid')
    expect(verdictOf(await failureOf(client.createOrder(replacing, patience())))).toBe('already-replaced')
  })

  test('is revoked by the account; a second time changes nothing', async () => {
    const client = await registered(pebble)
    const { chain } = await issue(client, pebble, { identifiers: [dns('revoked.example')] })
    const [leaf] = certificatesIn(chain)
    const raw = leaf?.raw ?? Buffer.alloc(0)
    await client.revoke(raw, { reason: 4 }, patience())
    await client.revoke(raw, { reason: 4 }, patience())
    expect(await pebble.certificateStatus(leaf?.serialNumber ?? '')).toBe('Revoked')
  })

  test('is revoked by its own key, without an account', async () => {
    const client = await registered(pebble)
    const order = await readyOrder(client, pebble, { identifiers: [dns('own-key.example')] })
    const { der, keys } = await newCsr(['own-key.example'])
    await client.finalize(order, der, patience())
    await expect.poll(async () => (await client.order(order.url, patience())).status, { timeout: 120_000 }).toBe('valid')
    const { certificate } = await client.order(order.url, patience())
    const [leaf] = certificatesIn((await client.certificate(certificate ?? '', patience())).chain)
    const raw = leaf?.raw ?? Buffer.alloc(0)
    expect(verdictOf(await failureOf(open(pebble).revoke(raw, { certificateKey: newEcKey() }, patience())))).toBe('refused')
    await open(pebble).revoke(raw, { reason: 1, certificateKey: KeyObject.from(keys.privateKey) }, patience())
    expect(await pebble.certificateStatus(leaf?.serialNumber ?? '')).toBe('Revoked')
  })
})

suite('a CA that rejects half of all good nonces', () => {
  test('still issues', async () => {
    await using picky = await startPebble({ nonceRejectPercent: 50 })
    const client = open(picky)
    await insistently(() => client.createAccount({ contact: [] }, patience()))
    const { order } = await issue(client, picky, { identifiers: [dns('picky.example')] })
    expect(order.status).toBe('valid')
  })
})

/** The authority key identifier lies in the leaf as extension 2.5.29.35; Pebble's is `30 16 80 14` and 20 bytes. */
function idPartsOf(leaf: X509Certificate | undefined): { readonly authorityKeyId: Uint8Array; readonly serialNumber: Uint8Array } {
  const der = leaf?.raw ?? Buffer.alloc(0)
  const at = der.indexOf(Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x23, 0x04]))
  const length = der[at + 10] ?? 0
  return { authorityKeyId: der.subarray(at + 11, at + 11 + length), serialNumber: Buffer.from(leaf?.serialNumber ?? '', 'hex') }
}
