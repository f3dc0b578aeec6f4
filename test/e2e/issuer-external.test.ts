import { beforeAll, describe, expect, test } from 'vitest'
import { certificateRequests, certificates } from '../../src/crds/resources.ts'
import { MINUTE, SECOND } from '../../src/lib/instant.ts'
import { conditionOf, isDone } from './cluster-user.ts'
import type { ClusterUser, Conditioned } from './cluster-user.ts'
import { allowApproval, answer, issuerRefIn, now, setCondition, startExternalIssuer } from './external-issuer.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { triggerIssuance } from './trigger-issuance.ts'
import { waitFor } from './wait-for.ts'
import { leafIn, textIn } from './stored.ts'
import { newTestCa, signRequest } from './test-ca.ts'
import type { TestCa } from './test-ca.ts'

const underTest = operatorUnderTest({ name: 'issuer-external' })
/** A group whose requests the operator may approve. */
const trusted = 'trusted.example.com'
const untrusted = 'untrusted.example.com'
const isApproved = ({ status }: Conditioned): boolean => conditionOf(status, 'Approved') !== undefined
const isRefused = ({ status }: Conditioned): boolean => conditionOf(status, 'Issuing')?.status === 'False'
let ca: TestCa

beforeAll(async () => {
  ca = await newTestCa({ name: 'Outside CA' })
  await allowApproval(underTest().testbed, trusted)
})

/** A user whose Certificate `web` waits for the external issuer to sign `web-1`. */
async function userWithRequest(namespace: string): Promise<ClusterUser> {
  const user = await underTest().user(namespace)
  await user.createCertificate('web', certificateSpec('web', { issuerRef: issuerRefIn(trusted) }))
  await user.until(certificateRequests, 'web-1', isApproved)
  return user
}

describe('an external issuer', () => {
  test('signs what we have approved, and its short certificates are renewed after two thirds of their lifetime', async () => {
    const user = await underTest().user('external')
    const issuer = startExternalIssuer(user, trusted, { ca, lifetime: 15 * SECOND })
    await user.createCertificate('web', certificateSpec('web', { issuerRef: issuer.issuerRef }))
    const { status: first } = await user.untilReady('web')
    const secret = await user.secret('web')
    expect(textIn(secret, 'ca.crt')).toBe(ca.certificate)
    expect(secret.metadata.annotations).toMatchObject({
      'cert-manager.io/issuer-name': 'outside',
      'cert-manager.io/issuer-kind': 'WidgetIssuer',
      'cert-manager.io/issuer-group': trusted,
    })
    expect(Date.parse(first?.renewalTime ?? '') - Date.parse(first?.notBefore ?? '')).toBe(10 * SECOND)

    const { status: renewed } = await user.untilReady('web', (first?.revision ?? 0) + 1)
    expect(Date.parse(renewed?.notBefore ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.renewalTime ?? ''))
    expect(leafIn(await user.secret('web')).serialNumber).not.toBe(leafIn(secret).serialNumber)
    await issuer.stop()
  })

  test('that stops leaves a Certificate that is no longer Ready once it has expired, and Ready again when it comes back', async () => {
    const user = await underTest().user('outage')
    const issuer = startExternalIssuer(user, trusted, { ca, lifetime: 4 * SECOND })
    await user.createCertificate('web', certificateSpec('web', { issuerRef: issuer.issuerRef }))
    await user.untilReady('web')
    await issuer.stop()
    const { status } = await user.until(certificates, 'web', (certificate) => conditionOf(certificate.status, 'Ready')?.status === 'False')
    expect(conditionOf(status, 'Ready')).toMatchObject({ reason: 'Expired' })

    const again = startExternalIssuer(user, trusted, { ca, lifetime: 10 * MINUTE })
    await user.until(certificates, 'web', isDone)
    await again.stop()
  })

  test('whose requests we may not approve waits for somebody who may: we only say so and write nothing to its requests', async () => {
    const user = await underTest().user('unapproved')
    const issuer = startExternalIssuer(user, untrusted, { ca, lifetime: 10 * MINUTE })
    await user.createCertificate('web', certificateSpec('web', { issuerRef: issuer.issuerRef }))
    await user.until(certificateRequests, 'web-1', () => true)
    await user.untilEvent('web-1', 'WaitingForApproval')
    await user.createCertificate('later', certificateSpec('later'))
    await user.untilReady('later')
    expect((await user.request('web-1')).status).toBeUndefined()

    await setCondition(user, 'web-1', { type: 'Approved', status: 'True', reason: 'Auditor', message: 'looked at it' })
    await user.untilReady('web')
    expect(conditionOf((await user.request('web-1')).status, 'Approved')).toMatchObject({ reason: 'Auditor' })
    await issuer.stop()
  })

  test('that refuses makes the Certificate say so, and rest', async () => {
    const user = await userWithRequest('refused')
    await setCondition(
      user,
      'web-1',
      { type: 'Ready', status: 'False', reason: 'Failed', message: 'not on a Sunday' },
      { failureTime: now() },
    )
    const { status } = await user.until(certificates, 'web', isRefused)
    expect(conditionOf(status, 'Issuing')).toMatchObject({ reason: 'Failed', message: expect.stringContaining('not on a Sunday') })
    expect(status).toMatchObject({ failedIssuanceAttempts: 1, lastFailureTime: expect.any(String) })
    expect((await user.untilEvent('web', 'Failed')).type).toBe('Warning')
    expect(await user.list(certificateRequests)).toHaveLength(1)
  })

  test('gets a new request at once when the Certificate is edited after a refusal', async () => {
    const user = await userWithRequest('edited')
    await setCondition(user, 'web-1', { type: 'Ready', status: 'False', reason: 'Failed', message: 'no such name' }, { failureTime: now() })
    await user.until(certificates, 'web', isRefused)
    const { metadata } = await user.request('web-1')
    await user.edit(certificates, 'web', { spec: { dnsNames: ['better.example.com'] } })
    await user.until(certificateRequests, 'web-1', (request) => request.metadata.uid !== metadata.uid && isApproved(request))
    await answer(user, 'web-1', { certificate: await signRequest(ca, await user.request('web-1'), 10 * MINUTE) })
    expect((await user.untilReady('web')).status).not.toHaveProperty('failedIssuanceAttempts')
  })

  test('whose request somebody denies makes the Certificate say so, and the request is left to the issuer', async () => {
    const user = await underTest().user('denied')
    await user.createCertificate('web', certificateSpec('web', { issuerRef: issuerRefIn(untrusted) }))
    await user.until(certificateRequests, 'web-1', () => true)
    await setCondition(user, 'web-1', { type: 'Denied', status: 'True', reason: 'Auditor', message: 'no' })
    const { status } = await user.until(certificates, 'web', isRefused)
    expect(conditionOf(status, 'Issuing')).toMatchObject({ reason: 'Auditor', message: expect.stringContaining('no') })
    expect((await user.request('web-1')).status?.conditions?.map(({ type }) => type)).toEqual(['Denied'])
  })

  test('gets a new request when somebody asks for another try, however the first one was refused', async () => {
    const user = await underTest().user('another-try')
    await user.createCertificate('web', certificateSpec('web', { issuerRef: issuerRefIn(untrusted) }))
    const { metadata } = await user.until(certificateRequests, 'web-1', () => true)
    await setCondition(user, 'web-1', { type: 'Denied', status: 'True', reason: 'Auditor', message: 'no' })
    const { status } = await user.until(certificates, 'web', isRefused)
    const refusedAt = Date.parse(status?.lastFailureTime ?? '')
    // The API writes whole seconds, and a refusal counts for an attempt that began in the same one.
    await waitFor('the next second', () => Promise.resolve(Date.now() > refusedAt + SECOND ? true : undefined))
    await triggerIssuance(underTest().testbed, user.namespace, 'web')
    await user.until(certificateRequests, 'web-1', (request) => request.metadata.uid !== metadata.uid)
  })

  test.each<[title: string, certificate: (user: ClusterUser) => Promise<string>]>([
    ['garbage', () => Promise.resolve('-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n')],
    ['a certificate for another key', () => Promise.resolve(ca.certificate)],
    ['a certificate that has expired', async (user) => signRequest(ca, await user.request('web-1'), -MINUTE)],
  ])('that returns %s has failed, and nothing is stored', async (title, certificate) => {
    const user = await userWithRequest(title)
    await answer(user, 'web-1', { certificate: await certificate(user) })
    const { status } = await user.until(certificates, 'web', isRefused)
    expect(conditionOf(status, 'Issuing')).toMatchObject({
      reason: 'InvalidCertificate',
      message: expect.stringContaining('the issuer returned a certificate'),
    })
    expect(status?.failedIssuanceAttempts).toBe(1)
    await user.untilEvent('web', 'InvalidCertificate')
    await expect(user.secret('web')).rejects.toThrow('does not exist')
  })

  test('that returns no CA leaves ca.crt out of the Secret', async () => {
    const user = await userWithRequest('no-ca')
    await answer(user, 'web-1', { certificate: await signRequest(ca, await user.request('web-1'), 10 * MINUTE) })
    await user.untilReady('web')
    expect(Object.keys((await user.secret('web')).data ?? {}).toSorted()).toEqual(['tls.crt', 'tls.key'])
  })
})

leavesNothingBehind(underTest)
