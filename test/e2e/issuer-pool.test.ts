import { beforeAll, describe, expect, test } from 'vitest'
import type { IssuerPoolSpec } from '../../src/crds/issuer-pool.ts'
import {
  certificateRequests,
  challenges,
  clusterIssuerPools,
  clusterIssuers,
  issuerPools,
  issuers,
  orders,
} from '../../src/crds/resources.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { FaultProxy } from '../integration/acme-fault-proxy.ts'
import type { AcmeServer } from '../testbed/acme-server.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('issuer-pool', { nonceRejectPercent: 0, domainBlocklist: ['refused.example', 'forbidden.example'] })
let second: AcmeServer

beforeAll(async () => {
  second = await site().underTest.testbed.startAcme({ nonceRejectPercent: 0, domainBlocklist: ['forbidden.example'] })
  await site().start()
})

const pool = { group: 'certwright.dev', kind: 'IssuerPool', name: 'acme' } as const
const rateLimited = {
  kind: 'answer',
  status: 429,
  headers: { 'retry-after': '3600', 'content-type': 'application/problem+json' },
  body: '{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many orders"}',
} as const

const startProxy = (): Promise<FaultProxy> => startFaultProxy(site().acme)

/** A user with the Issuers `first` (behind the proxy, if one is given) and `second`, and an IssuerPool of both. */
async function customer(title: string, proxy: FaultProxy | undefined, more: Partial<IssuerPoolSpec> = {}) {
  const user = await site().underTest.user(title)
  await user.create(issuers, 'first', { spec: issuerAt(proxy ?? site().acme, 'first') })
  await user.create(issuers, 'second', { spec: issuerAt(second, 'second') })
  const spec: IssuerPoolSpec = {
    issuers: [
      { kind: 'Issuer', name: 'first' },
      { kind: 'Issuer', name: 'second' },
    ],
    maxWait: '2s',
    ...more,
  }
  await user.create(issuerPools, 'acme', { spec })
  await untilActive(user, 'Issuer/first')
  const ask = (name: string, dnsName = `${name}.${title.replaceAll(' ', '-')}.example`) =>
    user.createCertificate(name, { secretName: name, dnsNames: [dnsName], privateKey: quickKey, issuerRef: pool })
  return { user, ask }
}

function issuerAt({ directoryUrl, caPem }: { readonly directoryUrl: string; readonly caPem: string }, account: string) {
  return site().issuerSpec({
    server: directoryUrl,
    caBundle: Buffer.from(caPem).toString('base64'),
    privateKeySecretRef: { name: account },
  })
}

function untilActive(user: ClusterUser, active: string) {
  return user.until(issuerPools, 'acme', ({ status }) => status?.active === active && conditionOf(status, 'Ready')?.status === 'True')
}

/** Which of the two CAs knows the certificate in a Secret. */
async function signerOf(user: ClusterUser, name: string): Promise<string> {
  const serial = leafIn(await user.secret(name)).serialNumber
  const known = await Promise.all([site().acme.certificateStatus(serial), second.certificateStatus(serial)])
  return known.join(' ')
}
const FIRST = 'Valid unknown'
const SECOND = 'unknown Valid'

async function memberConditions(user: ClusterUser, request: string): Promise<Readonly<Record<string, string>>> {
  const { status } = await user.request(request)
  const own = (status?.conditions ?? []).filter(({ type }) => type.startsWith('certwright.dev/'))
  return Object.fromEntries(own.map(({ type, status: is, reason }) => [type, `${is} ${reason}`]))
}

describe('a pool whose issuers are well', () => {
  test('signs by the first of them, and the Secret names the pool', async () => {
    const { user, ask } = await customer('well', undefined)
    await ask('web')
    await user.untilReady('web')
    expect(await signerOf(user, 'web')).toBe(FIRST)
    expect(await memberConditions(user, 'web-1')).toEqual({ 'certwright.dev/Issuer.first': 'True Asked' })
    expect((await user.secret('web')).metadata.annotations).toMatchObject({
      'cert-manager.io/issuer-name': 'acme',
      'cert-manager.io/issuer-kind': 'IssuerPool',
      'cert-manager.io/issuer-group': 'certwright.dev',
    })
  })
})

describe('a pool whose first CA', () => {
  test('is out of reach signs by the second, leaves the first alone for a while, and comes back to it', async () => {
    await using proxy = await startProxy()
    const { user, ask } = await customer('outage', proxy, { comeBackAfter: '30s' })
    const mend = proxy.breakAll('/', { kind: 'reset' })
    await ask('web')
    await user.untilReady('web')
    expect(await signerOf(user, 'web')).toBe(SECOND)
    expect(await memberConditions(user, 'web-1')).toEqual({
      'certwright.dev/Issuer.first': 'False Outage',
      'certwright.dev/Issuer.second': 'True Asked',
    })
    expect(await user.untilEvent('web-1', 'FailedOver')).toMatchObject({
      type: 'Warning',
      message: expect.stringContaining('Issuer "first" is passed over (Outage)'),
    })
    expect((await user.list(orders)).map(({ spec, status }) => [spec.issuerRef.name, status?.state])).toEqual([['second', 'valid']])

    const held = await untilActive(user, 'Issuer/second')
    expect(held.status?.members?.[0]).toMatchObject({ name: 'first', health: 'HeldDown', reason: 'Outage', until: expect.any(String) })
    await ask('next')
    await user.untilReady('next')
    expect(await memberConditions(user, 'next-1')).toEqual({ 'certwright.dev/Issuer.second': 'True Asked' })

    mend()
    await untilActive(user, 'Issuer/first')
    expect(await user.untilEvent('acme', 'CameBack')).toMatchObject({ type: 'Normal' })
    await ask('later')
    await user.untilReady('later')
    expect(await signerOf(user, 'later')).toBe(FIRST)
    expect((await user.get(certificateRequests, 'web-1')).status?.certificate).toBeDefined()
  })

  test('asks to come back in an hour is not waited for, and others still begin with it', async () => {
    await using proxy = await startProxy()
    const { user, ask } = await customer('rate limit', proxy, { maxWait: '10m' })
    proxy.breakAll('/order-plz', rateLimited)
    await ask('web')
    await user.untilReady('web')
    expect(await signerOf(user, 'web')).toBe(SECOND)
    expect(conditionOf((await user.request('web-1')).status, 'certwright.dev/Issuer.first')).toMatchObject({
      status: 'False',
      reason: 'RateLimit',
      message: expect.stringContaining('too many orders'),
    })
    expect((await user.get(issuerPools, 'acme')).status?.active).toBe('Issuer/first')
  })

  test('goes silent in the middle of a proof is left behind with its Order and its Challenge', async () => {
    await using proxy = await startProxy()
    const { user, ask } = await customer('half way', proxy)
    proxy.breakAll('/chalZ', { kind: 'reset' })
    await ask('web')
    await user.untilReady('web')
    expect(await signerOf(user, 'web')).toBe(SECOND)
    expect(await memberConditions(user, 'web-1')).toMatchObject({ 'certwright.dev/Issuer.first': 'False Outage' })
    expect((await user.list(orders)).map(({ spec }) => spec.issuerRef.name)).toEqual(['second'])
    await waitFor('no Challenge is left', async () => ((await user.list(challenges)).length === 0 ? true : undefined))
    expect(proxy.seen.filter((line) => line.startsWith('POST /finalize-order'))).toEqual([])
  })

  test('refuses a name signs by the second, and the first stays the one that others begin with', async () => {
    const { user, ask } = await customer('refusal', undefined)
    await ask('web', 'refused.example')
    await user.untilReady('web')
    expect(await signerOf(user, 'web')).toBe(SECOND)
    expect(await memberConditions(user, 'web-1')).toMatchObject({ 'certwright.dev/Issuer.first': 'False Refusal' })
    expect((await user.get(issuerPools, 'acme')).status?.active).toBe('Issuer/first')
    await waitFor('no Challenge is left', async () => ((await user.list(challenges)).length === 0 ? true : undefined))
  })

  test('refuses a name that the second refuses too fails with what both said', async () => {
    const { user, ask } = await customer('none left', undefined)
    await ask('web', 'forbidden.example')
    const failed = await user.until(certificateRequests, 'web-1', ({ status }) => conditionOf(status, 'Ready')?.reason === 'Failed')
    const message = conditionOf(failed.status, 'Ready')?.message ?? ''
    expect(message).toMatch(/Issuer "second".*rejectedIdentifier.*Issuer "first": Refusal: .*rejectedIdentifier/)
  })

  test('refuses a name is not passed over when the pool moves on for outages only', async () => {
    const { user, ask } = await customer('outage only', undefined, { moveOn: ['Outage'] })
    await ask('web', 'refused.example')
    await user.until(certificateRequests, 'web-1', ({ status }) => conditionOf(status, 'Ready')?.reason === 'Failed')
    expect(await memberConditions(user, 'web-1')).toEqual({ 'certwright.dev/Issuer.first': 'False Refusal' })
  })

  test('is out of reach while the operator is killed: the next life moves on, and one order is finalized', async () => {
    await using proxy = await startProxy()
    const { user, ask } = await customer('killed', proxy, { maxWait: '8s' })
    proxy.breakAll('/', { kind: 'reset' })
    await ask('web')
    const hindered = (type: string, is: string) =>
      user.until(certificateRequests, 'web-1', ({ status }) => conditionOf(status, type)?.status === is)
    await hindered('certwright.dev/Issuer.first', 'Unknown')
    await site().underTest.kill(site().underTest.operator())
    await site().start()
    await user.untilReady('web')
    expect(await signerOf(user, 'web')).toBe(SECOND)
    expect((await user.list(orders)).map(({ status }) => status?.state)).toEqual(['valid'])
    expect(proxy.seen.filter((line) => line.startsWith('POST /finalize-order'))).toEqual([])
  })
})

describe('a pool of other issuers', () => {
  test('passes over an issuer that does not exist, and hands the private key to one that signs with it', async () => {
    const user = await site().underTest.user('self signed')
    await user.create(issuers, 'own', { spec: { selfSigned: {} } })
    const members = [
      { kind: 'Issuer', name: 'absent' },
      { kind: 'Issuer', name: 'own' },
    ] as const
    await user.create(issuerPools, 'acme', { spec: { issuers: members, maxWait: '1s' } })
    await user.createCertificate('web', { secretName: 'web', dnsNames: ['web.example'], privateKey: quickKey, issuerRef: pool })
    await user.untilReady('web')
    const leaf = leafIn(await user.secret('web'))
    expect(leaf.verify(leaf.publicKey)).toBe(true)
    expect(conditionOf((await user.request('web-1')).status, 'Ready')).toMatchObject({ message: expect.stringContaining('Issuer "own"') })
    const { status } = await user.get(issuerPools, 'acme')
    expect(status?.members?.[0]?.message).toBe('it does not exist')
  })

  test('for the whole cluster serves every namespace', async () => {
    const { cluster } = site().underTest
    const create = <T extends Parameters<typeof cluster.create>[0]>(resource: T, name: string, spec: object) =>
      cluster.create(resource, { metadata: { name }, spec } as never, { fieldManager: 'user' }, new AbortController().signal)
    await create(clusterIssuers, 'own', { selfSigned: {} })
    await create(clusterIssuerPools, 'all', { issuers: [{ name: 'own' }] })
    const user = await site().underTest.user('cluster pool')
    const issuerRef = { group: 'certwright.dev', kind: 'ClusterIssuerPool', name: 'all' }
    await user.createCertificate('web', { secretName: 'web', dnsNames: ['web.example'], privateKey: quickKey, issuerRef })
    await user.untilReady('web')
  })

  test.each<[what: string, kind: string, spec: object, sentence: string]>([
    ['without issuers', 'IssuerPool', { issuers: [] }, 'name at least one issuer'],
    ['with one issuer twice', 'IssuerPool', { issuers: [{ name: 'a' }, { name: 'a' }] }, 'name every issuer once'],
    ['with a negative wait', 'IssuerPool', { issuers: [{ name: 'a' }], maxWait: '-1m' }, 'maxWait may not be negative'],
    ['with words for a wait', 'IssuerPool', { issuers: [{ name: 'a' }], maxWait: 'a while' }, 'write a duration'],
    ['for the cluster with an Issuer', 'ClusterIssuerPool', { issuers: [{ name: 'a', kind: 'Issuer' }] }, 'may name ClusterIssuers only'],
  ])('%s is refused with a sentence', async (_what, kind, spec, sentence) => {
    const manifest = { apiVersion: 'certwright.dev/v1alpha1', kind, metadata: { name: 'bad' }, spec }
    const { code, stderr } = await site().underTest.testbed.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) })
    expect(code).not.toBe(0)
    expect(stderr).toContain(sentence)
  })
})

leavesNothingBehind(() => site().underTest)
