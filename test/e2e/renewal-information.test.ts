import { beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../../src/crds/certificate.ts'
import { certificates, issuers, orders } from '../../src/crds/resources.ts'
import { DAY, HOUR } from '../../src/lib/instant.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { Fault } from '../integration/acme-fault-proxy.ts'
import { clientOf, patience } from '../integration/acme-issuance.ts'
import type { Operator } from '../testbed/operator.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { keyIn, leafIn, textIn } from './stored.ts'
import { triggerIssuance } from './trigger-issuance.ts'

const site = acmeSite('renewal-information', { nonceRejectPercent: 0, profiles: { default: (90 * DAY) / 1_000 } })
let operator: Operator

beforeAll(async () => {
  operator = await site().start()
})

type IssuerOptions = Parameters<ReturnType<typeof site>['issuerSpec']>[0]

/** A user with an Issuer and the Certificate `web` that it has issued. */
async function customer(namespace: string, more: IssuerOptions = {}, spec: Partial<Certificate['spec']> = {}): Promise<ClusterUser> {
  const user = await site().underTest.user(namespace)
  await user.create(issuers, 'acme', { spec: site().issuerSpec(more) })
  const dnsNames = [`${namespace}.example`]
  await user.createCertificate('web', { secretName: 'web', dnsNames, privateKey: quickKey, issuerRef: { name: 'acme' }, ...spec })
  await user.untilReady('web')
  return user
}

const ariOf = ({ status }: Certificate) => status?.acme?.ari
const time = (text: string | undefined): number => Date.parse(text ?? '')
const untilTold = (user: ClusterUser) => user.until(certificates, 'web', (one) => ariOf(one)?.suggestedWindow !== undefined)

/** Makes the operator ask again: by itself it would do so in six hours. */
const askNow = (user: ClusterUser) =>
  user.editStatus(certificates, 'web', ({ status = {} }) => ({
    ...status,
    acme: { ari: { ...status.acme?.ari, nextCheck: '2026-01-01T00:00:00Z' } },
  }))

async function sayFromNowOn(user: ClusterUser, answer: object | string): Promise<void> {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  await site().acme.setRenewalInfo(textIn(await user.secret('web'), 'tls.crt'), text)
  await askNow(user)
}

const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString()

describe('what the CA says about when to renew', () => {
  test('is in the status, and the renewal is within its window', async () => {
    const user = await customer('told')
    const told = await untilTold(user)
    const { suggestedWindow, lastChecked, nextCheck, lastError } = ariOf(told) ?? {}
    expect(time(suggestedWindow?.end)).toBeGreaterThan(time(suggestedWindow?.start))
    expect(time(nextCheck) - time(lastChecked)).toBeGreaterThanOrEqual(6 * HOUR)
    expect(lastError).toBeUndefined()
    await user.until(certificates, 'web', ({ status }) => isWithin(status?.renewalTime, suggestedWindow))
  })

  test('moves the renewal when it changes, tells why, and a restart leaves the moment where it is', async () => {
    const user = await customer('moved')
    await untilTold(user)
    const window = { start: inDays(10), end: inDays(12) }
    await sayFromNowOn(user, { suggestedWindow: window, explanationURL: 'https://ca.example.com/incident' })
    const moved = await user.until(certificates, 'web', ({ status }) => isWithin(status?.renewalTime, window))
    expect(ariOf(moved)?.explanationURL).toBe('https://ca.example.com/incident')

    await operator.stop()
    operator = await site().start()
    await askNow(user)
    const again = await user.until(certificates, 'web', (one) => time(ariOf(one)?.nextCheck) > Date.now())
    expect(again.status).toMatchObject({ renewalTime: moved.status?.renewalTime, revision: 1 })
  })

  test('makes no sense: the certificate is renewed after two thirds of its lifetime, and the status says what is wrong', async () => {
    const user = await customer('nonsense')
    await sayFromNowOn(user, '{"suggestedWindow": "soon"}')
    const told = await user.until(certificates, 'web', (one) => ariOf(one)?.lastError !== undefined)
    expect(ariOf(told)?.lastError).toBe('the answer is not a renewal window')
    expect(conditionOf(told.status, 'Ready')?.status).toBe('True')
    expect(await user.untilEvent('web', 'ARIError')).toMatchObject({ type: 'Warning' })
  })
})

describe('a certificate that the CA has revoked', () => {
  test('is replaced at once by one that names it as its predecessor, and only once', async () => {
    const user = await customer('revoked')
    await untilTold(user)
    const before = await user.secret('web')
    await clientOf(site().acme).revoke(leafIn(before).raw, { reason: 4, certificateKey: keyIn(before) }, patience())
    await askNow(user)

    await user.untilReady('web', 2)
    await untilTold(user)
    const after = await user.secret('web')
    expect(leafIn(after).serialNumber).not.toBe(leafIn(before).serialNumber)
    const predecessors = (await user.list(orders)).map(({ spec }) => spec.replaces).filter((replaces) => replaces !== undefined)
    expect(predecessors).toEqual([expect.stringMatching(/^[\w-]+\.[\w-]+$/)])
    expect((await user.get(certificates, 'web')).status).toMatchObject({ revision: 2 })
  })
})

describe('without renewal information', () => {
  test('an issuer that says None does not ask, and forgets what was said before', async () => {
    const user = await customer('none')
    await untilTold(user)
    await user.edit(issuers, 'acme', { spec: { acme: { renewalInformationSource: 'None' } } })
    const forgotten = await user.until(certificates, 'web', ({ status }) => status?.acme === undefined)
    await user.until(certificates, 'web', ({ status }) => Math.abs(time(status?.renewalTime) - time(status?.notBefore) - 60 * DAY) <= 1_000)
    expect(conditionOf(forgotten.status, 'Ready')?.status).toBe('True')
  })

  test('a renewal goes on when the CA does not want to know of a predecessor, and when it asks to come back later that is kept', async () => {
    await using proxy = await startFaultProxy(site().acme)
    const later: Fault = { kind: 'answer', status: 503, headers: { 'retry-after': '7200' }, body: '' }
    const refused: Fault = {
      kind: 'answer',
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
      body: '{"type":"urn:ietf:params:acme:error:alreadyReplaced","detail":"it has a successor"}',
    }
    const caBundle = Buffer.from(proxy.caPem).toString('base64')
    const user = await customer('predecessor', { server: proxy.directoryUrl, caBundle })
    await untilTold(user)

    proxy.breakNext('/draft-ietf-acme-ari-03/renewalInfo', later)
    await askNow(user)
    const busy = await user.until(certificates, 'web', (one) => ariOf(one)?.lastError !== undefined)
    const { lastChecked, nextCheck, suggestedWindow } = ariOf(busy) ?? {}
    expect(time(nextCheck) - time(lastChecked)).toBeGreaterThanOrEqual(2 * HOUR - 1_000)
    expect(suggestedWindow).toBeDefined()

    const asked = (): number => proxy.seen.filter((line) => line === 'POST /order-plz').length
    const askedBefore = asked()
    proxy.breakNext('/order-plz', refused)
    await triggerIssuance(site().underTest.testbed, user.namespace, 'web')
    await user.untilReady('web', 2)
    expect(asked() - askedBefore).toBe(2)
  })
})

function isWithin(text: string | undefined, window: { readonly start?: string; readonly end?: string } | undefined): boolean {
  return text !== undefined && time(text) >= time(window?.start) - 1_000 && time(text) <= time(window?.end)
}

leavesNothingBehind(() => site().underTest)
