import { createPrivateKey } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Issuer } from '../../src/crds/issuer.ts'
import { issuers, orders } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { Fault, FaultProxy } from '../integration/acme-fault-proxy.ts'
import { clientOf, patience } from '../integration/acme-issuance.ts'
import type { AcmeServer } from '../testbed/acme-server.ts'
import type { Operator } from '../testbed/operator.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { base64, textIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('acme-accounts', { nonceRejectPercent: 0 })
let operator: Operator

beforeAll(async () => {
  operator = await site().start()
})

type IssuerOptions = Parameters<ReturnType<typeof site>['issuerSpec']>[0]

const annotate = (user: ClusterUser, annotations: Readonly<Record<string, string>>, name = 'acme') =>
  user.edit(issuers, name, { metadata: { annotations } })
const untilReady = (user: ClusterUser, status: 'True' | 'False' = 'True', name = 'acme') =>
  user.until(issuers, name, (issuer) => conditionOf(issuer.status, 'Ready')?.status === status)
const rotate = (user: ClusterUser) => annotate(user, { 'certwright.dev/rotate-account-key': '2026-11' })
const accountKey = async (user: ClusterUser) => createPrivateKey(textIn(await user.secret('account'), 'tls.key'))
/** What the CA answers to somebody who asks for the account of this key. */
const lookUp = async (key: Awaited<ReturnType<typeof accountKey>>) =>
  clientOf(site().acme, { accountKey: key }).createAccount({ contact: [], onlyReturnExisting: true }, patience())

async function customer(namespace: string, more: IssuerOptions = {}, annotations: Readonly<Record<string, string>> = {}) {
  const user = await site().underTest.user(namespace)
  await user.create(issuers, 'acme', { spec: site().issuerSpec(more), metadata: { annotations } })
  return user
}

const ask = (user: ClusterUser) =>
  user.createCertificate('web', {
    secretName: 'web',
    dnsNames: [`${user.namespace}.example`],
    privateKey: quickKey,
    issuerRef: { name: 'acme' },
  })

const behind = async (): Promise<FaultProxy> => startFaultProxy(site().acme)
const frontOf = (proxy: FaultProxy) => ({ server: proxy.directoryUrl, caBundle: base64(proxy.caPem) })
const refusal = (name: string, more: object = {}): Fault => ({
  kind: 'answer',
  status: 403,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ type: `urn:ietf:params:acme:error:${name}`, detail: 'not like this', ...more }),
})

describe('an account key that is to be replaced', () => {
  test('is, though the operator is killed in between; the account stays, the old key is worth nothing, and certificates are issued', async () => {
    const user = await customer('rotation')
    const { status: before } = await untilReady(user)
    const old = await accountKey(user)
    await rotate(user)
    await user.until(secrets, 'account', ({ data }) => data?.['tls.key.next'] !== undefined)
    await site().underTest.kill(operator)
    operator = await site().start()

    const after = await user.until(
      issuers,
      'acme',
      ({ status }) =>
        status?.acme?.lastPrivateKeyHash !== before?.acme?.lastPrivateKeyHash && conditionOf(status, 'Ready')?.status === 'True',
    )
    expect(after.status?.acme?.uri).toBe(before?.acme?.uri)
    expect(Object.keys((await user.secret('account')).data ?? {})).toEqual(['tls.key'])
    await expect(lookUp(old)).rejects.toMatchObject({ code: 'acme/accountDoesNotExist' })
    expect(await lookUp(await accountKey(user))).toMatchObject({ url: before?.acme?.uri, status: 'valid' })
    await ask(user)
    await user.untilReady('web')
  })

  test('is, though the answer of the CA is lost; an issuer that shares the Secret goes with it', async () => {
    await using proxy = await behind()
    const user = await customer('lost-answer', frontOf(proxy))
    await user.create(issuers, 'other', { spec: site().issuerSpec(frontOf(proxy)) })
    const { status: before } = await untilReady(user)
    expect((await untilReady(user, 'True', 'other')).status?.acme?.uri).toBe(before?.acme?.uri)
    proxy.breakNext('/rollover-account-key', { kind: 'lost-answer' })
    await rotate(user)
    for (const name of ['acme', 'other']) {
      const { status } = await user.until(
        issuers,
        name,
        (issuer) => issuer.status?.acme?.lastPrivateKeyHash !== before?.acme?.lastPrivateKeyHash,
      )
      expect(status?.acme?.uri).toBe(before?.acme?.uri)
    }
    expect(proxy.seen.filter((line) => line === 'POST /rollover-account-key')).toHaveLength(1)
  })

  test('stays when the CA refuses, and the issuer says why and is Ready', async () => {
    await using proxy = await behind()
    const user = await customer('refusal', frontOf(proxy))
    await untilReady(user)
    const old = textIn(await user.secret('account'), 'tls.key')
    proxy.breakNext('/rollover-account-key', refusal('unauthorized'))
    await rotate(user)
    const told = await user.until(issuers, 'acme', ({ status }) => conditionOf(status, 'Ready')?.message?.includes('could not be') === true)
    expect(conditionOf(told.status, 'Ready')).toMatchObject({ status: 'True', message: expect.stringContaining('unauthorized') as string })
    const { data } = await user.secret('account')
    expect([Object.keys(data ?? {}), data?.['tls.key']]).toEqual([['tls.key'], base64(old)])
  })
})

describe('an account', () => {
  test('has a key for ES256 where the issuer asks for one, and certificates are issued', async () => {
    const user = await customer('es256', {}, { 'certwright.dev/account-key-algorithm': 'ES256' })
    await untilReady(user)
    expect((await accountKey(user)).asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    await ask(user)
    await user.untilReady('web')
  })

  test.each(['HS256', 'HS384', 'HS512'] as const)('is bound with %s', async (keyAlgorithm) => {
    // HS512 wants 64 bytes (RFC 7518 §3.2).
    const hmac = Buffer.alloc(64, 'external account').toString('base64url')
    const bound = await site().underTest.testbed.startAcme({ eabKeys: { 'kid-1': hmac } })
    const user = await customer(`bound-${keyAlgorithm}`, {
      server: bound.directoryUrl,
      caBundle: base64(bound.caPem),
      externalAccountBinding: { keyID: 'kid-1', keySecretRef: { name: 'eab', key: 'hmac' }, keyAlgorithm },
    })
    await user.create(secrets, 'eab', { type: 'Opaque', data: { hmac: base64(hmac) } })
    await untilReady(user)
    await bound.stop()
  })

  test('that the CA has forgotten is registered again when a certificate is asked for', async () => {
    const forgetful = await site().underTest.testbed.startAcme({ nonceRejectPercent: 0 })
    const server = { server: forgetful.directoryUrl, caBundle: base64(forgetful.caPem) }
    const user = await customer('forgotten', server)
    await untilReady(user)
    await forgetful.restart()
    await ask(user)
    const { status } = await user.untilReady('web')
    expect(status?.failedIssuanceAttempts).toBeUndefined()
    await forgetful.stop()
  })

  test('that somebody deactivates at the CA is told on the issuer, costs no order, and may have a successor', async () => {
    const user = await customer('deactivated')
    const { status: before } = await untilReady(user)
    const elsewhere = clientOf(site().acme, { accountKey: await accountKey(user), accountUrl: before?.acme?.uri ?? '' })
    await elsewhere.deactivateAccount(patience())
    await ask(user)
    const { status } = await untilReady(user, 'False')
    expect(conditionOf(status, 'Ready')).toMatchObject({
      reason: 'ErrVerifyACMEAccount',
      message: expect.stringMatching(/no longer serves the account .*urn:ietf:params:acme:error:unauthorized.*delete the Secret/) as string,
    })
    await user.remove(secrets, 'account')
    const issued = await user.untilReady('web')
    expect(issued.status?.failedIssuanceAttempts).toBeUndefined()
    const after = await untilReady(user)
    expect(after.status?.acme?.uri).not.toBe(before?.acme?.uri)
  })

  test('is deactivated on request, for good, and the issuer says so', async () => {
    const user = await customer('given-up')
    await untilReady(user)
    await annotate(user, { 'certwright.dev/deactivate-account': 'true' })
    const { status } = await untilReady(user, 'False')
    expect(conditionOf(status, 'Ready')).toMatchObject({
      reason: 'ErrVerifyACMEAccount',
      message: expect.stringContaining('is deactivated') as string,
    })
    await expect(lookUp(await accountKey(user))).rejects.toMatchObject({ code: 'acme/unauthorized' })
  })
})

describe('an account that cannot be made', () => {
  const hmac = Buffer.alloc(64, 'external account').toString('base64url')
  const wrong = Buffer.alloc(64, 'another account').toString('base64url')
  const algorithms = ['HS256', 'HS384', 'HS512'] as const
  let bound: AcmeServer

  beforeAll(async () => {
    bound = await site().underTest.testbed.startAcme({ eabKeys: { 'kid-1': hmac } })
  })

  const binding = (keyAlgorithm: (typeof algorithms)[number], keyID = 'kid-1') => ({
    externalAccountBinding: { keyID, keySecretRef: { name: 'eab', key: 'hmac' }, keyAlgorithm },
  })
  const boundCustomer = async (namespace: string, more: IssuerOptions, key: string) => {
    const user = await customer(namespace, { server: bound.directoryUrl, caBundle: base64(bound.caPem), ...more })
    await user.create(secrets, 'eab', { type: 'Opaque', data: { hmac: base64(key) } })
    return user
  }
  const untilTold = (user: ClusterUser, why: RegExp) =>
    user.until(issuers, 'acme', ({ status }) => why.test(conditionOf(status, 'Ready')?.message ?? ''))

  test.each(algorithms)('because the key of its binding is wrong (%s) says so, and is made once the Secret is right', async (algorithm) => {
    const user = await boundCustomer(`wrong-${algorithm}`, binding(algorithm), wrong)
    const { status } = await untilTold(user, /^Failed to register the ACME account with .*: \d{3} urn:ietf:params:acme:error:\w+: /)
    expect(conditionOf(status, 'Ready')?.reason).toBe('ErrRegisterACMEAccount')
    await user.edit(secrets, 'eab', { data: { hmac: base64(hmac) } })
    await untilReady(user)
  })

  test('because the CA does not know the id of its binding says so, and is made once that is right', async () => {
    const user = await boundCustomer('unknown-kid', binding('HS256', 'kid-2'), hmac)
    await untilTold(user, /urn:ietf:params:acme:error:unauthorized/)
    await user.edit(issuers, 'acme', { spec: { acme: binding('HS256') } })
    await untilReady(user)
  })

  test('because the CA cannot write to its e-mail address says so, and is made once there is another', async () => {
    const user = await customer('invalid-contact', { email: 'nobody at example.com' })
    await untilTold(user, /400 urn:ietf:params:acme:error:invalidContact/)
    await user.edit(issuers, 'acme', { spec: { acme: { email: 'web@example.com' } } })
    await untilReady(user)
  })

  test('because the CA wants no e-mail address says so, is not asked for in a loop, and is made without one', async () => {
    await using proxy = await behind()
    const mend = proxy.breakAll('/sign-me-up', refusal('unsupportedContact'))
    const user = await customer('unsupported-contact', { ...frontOf(proxy), email: 'web@example.com' })
    await untilTold(user, /403 urn:ietf:params:acme:error:unsupportedContact: not like this/)
    await user.edit(issuers, 'acme', { metadata: { labels: { touched: 'yes' } } })
    mend()
    const asked = proxy.seen.filter((line) => line === 'POST /sign-me-up').length
    // For the new key, then once more when its Secret is seen: whether there is an account, and for one.
    expect(asked).toBeLessThanOrEqual(3)
    await user.edit(issuers, 'acme', { spec: { acme: { email: null } } })
    await untilReady(user)
  })
})

describe('terms that the user has to agree to at the CA', () => {
  const terms = { instance: 'https://ca.example.com/terms' }

  test('are named by the issuer that cannot register', async () => {
    await using proxy = await behind()
    proxy.breakNext('/sign-me-up', refusal('userActionRequired', terms))
    const user = await customer('terms', frontOf(proxy))
    const { status } = await untilReady(user, 'False')
    expect(conditionOf(status, 'Ready')?.message).toContain('see https://ca.example.com/terms')
  })

  test('cost no order: it waits, the issuer names them though the CA says so to orders alone, and all goes on when they are agreed to', async () => {
    await using proxy = await behind()
    const user = await customer('terms-later', frontOf(proxy))
    await untilReady(user)
    const agree = proxy.breakAll('/order-plz', refusal('userActionRequired', terms))
    await ask(user)
    const [name = ''] = await namesOfOrders(user)
    await user.until(orders, name, ({ status }) => status?.reason?.includes('see https://ca.example.com/terms') === true)
    const isTold = ({ status }: Issuer): boolean =>
      conditionOf(status, 'Ready')?.message?.includes('userActionRequired: see https://ca.example.com/terms') === true
    const told = await user.until(issuers, 'acme', isTold)
    expect(conditionOf(told.status, 'Ready')?.status).toBe('True')
    agree()
    await user.untilReady('web')
    expect(await namesOfOrders(user)).toEqual([name])
    await user.until(issuers, 'acme', (issuer) => !isTold(issuer))
  })
})

function namesOfOrders(user: ClusterUser): Promise<readonly string[]> {
  return waitFor('there is an Order', async () => {
    const all = await user.list(orders)
    return all.length === 0 ? undefined : all.map(({ metadata }) => metadata.name)
  })
}

leavesNothingBehind(() => site().underTest)
