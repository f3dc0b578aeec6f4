import { beforeAll, describe, expect, test } from 'vitest'
import type { Certificate, CertificateRenewal } from '../../src/crds/certificate.ts'
import { certificateRequests, certificates } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { HOUR, MINUTE } from '../../src/lib/instant.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { allowApproval, answer, issuerRefIn, setCondition } from './external-issuer.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { keyIn, leafIn } from './stored.ts'
import { newTestCa, signRequest } from './test-ca.ts'
import type { TestCa } from './test-ca.ts'
import { triggerIssuance } from './trigger-issuance.ts'

const underTest = operatorUnderTest({ name: 'certificate-renewal' })
const name = 'web'
const group = 'slow.example.com'
const isLimited = ({ status }: Certificate): boolean => conditionOf(status, 'certwright.dev/Limited')?.status === 'True'
let ca: TestCa

beforeAll(async () => {
  ca = await newTestCa({ name: 'Slow CA' })
  await allowApproval(underTest().testbed, group)
})

async function userWithRenewal(namespace: string, windows: CertificateRenewal['windows']): Promise<ClusterUser> {
  const user = await underTest().user(namespace)
  await user.createCertificate(
    name,
    certificateSpec(name, { renewal: { policy: 'RenewBefore', ...(windows === undefined ? {} : { windows }) } }),
  )
  return user
}

describe('renewal windows', () => {
  test('move the renewal to the time that the window opens in its zone', async () => {
    const user = await userWithRenewal('windows', [{ cron: '30 3 * * *', windowDuration: '10m', timezone: 'Europe/Berlin' }])
    const { status } = await user.untilReady(name)
    const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit' })
    const renewalAt = Date.parse(status?.renewalTime ?? '')
    const minute = berlin.format(renewalAt)
    expect(minute >= '03:30' && minute <= '03:40').toBe(true)
    const desired = Date.parse(status?.notAfter ?? '') - 30 * 24 * HOUR
    expect(renewalAt - desired).toBeGreaterThanOrEqual(-MINUTE)
    expect(renewalAt - desired).toBeLessThan(25 * HOUR)
  })

  test('that can never be satisfied are told by an Event and in the message of Ready, which stays True', async () => {
    const user = await userWithRenewal('never', [{ cron: '0 0 31 2 *', windowDuration: '1h' }])
    const { status } = await user.untilReady(name)
    expect(conditionOf(status, 'Ready')?.message).toContain('spec.renewal.windows[0]: cron')
    expect(status?.renewalTime).toBeDefined()
    await user.untilEvent(name, 'WindowError')
  })
})

describe('a temporary certificate', () => {
  test('fills the Secret while the issuer is waited for, with the key of the real one, which takes its place', async () => {
    const user = await underTest().user('temporary')
    const annotations = { 'cert-manager.io/issue-temporary-certificate': 'true' }
    await user.createCertificate(name, certificateSpec(name, { issuerRef: issuerRefIn(group) }), annotations)
    const placeholder = await user.until(secrets, name, () => true)
    expect(leafIn(placeholder)).toMatchObject({ issuer: 'CN=cert-manager.local', subjectAltName: 'DNS:web.example.com', ca: false })
    expect(leafIn(placeholder).checkPrivateKey(keyIn(placeholder))).toBe(true)
    expect(placeholder.type).toBe('kubernetes.io/tls')
    const waiting = await user.until(certificates, name, ({ status }) => conditionOf(status, 'Ready')?.reason === 'IncorrectIssuer')
    expect(conditionOf(waiting.status, 'Ready')).toMatchObject({ status: 'False' })
    expect(conditionOf(waiting.status, 'Issuing')).toMatchObject({ status: 'True' })

    const request = await user.until(certificateRequests, 'web-1', ({ status }) => conditionOf(status, 'Approved') !== undefined)
    await answer(user, 'web-1', { certificate: await signRequest(ca, request, 24 * HOUR), ca: ca.certificate })
    const { status } = await user.untilReady(name)
    expect(status?.revision).toBe(1)
    const secret = await user.secret(name)
    expect(leafIn(secret).issuer).toBe('CN=Slow CA')
    expect(keyIn(secret).equals(keyIn(placeholder))).toBe(true)
    expect(secret.metadata.annotations).toMatchObject({ 'cert-manager.io/issuer-name': 'outside' })
  })

  test('does not keep a refused issuance from resting', async () => {
    const user = await underTest().user('refused')
    const annotations = { 'cert-manager.io/issue-temporary-certificate': 'true' }
    await user.createCertificate(name, certificateSpec(name, { issuerRef: issuerRefIn(group) }), annotations)
    await user.until(secrets, name, () => true)
    await setCondition(user, 'web-1', { type: 'Ready', status: 'False', reason: 'Failed', message: 'no' })
    const { status } = await user.until(certificates, name, (one) => conditionOf(one.status, 'Issuing')?.status === 'False')
    expect(status).toMatchObject({ failedIssuanceAttempts: 1 })
    expect(leafIn(await user.secret(name)).issuer).toBe('CN=cert-manager.local')
  })
})

describe('a Certificate whose Secret is deleted over and over', () => {
  test('has to wait, says until when, and is issued at once when somebody asks by hand', async () => {
    const user = await underTest().user('loop')
    await user.createCertificate(name, certificateSpec(name))
    for (const revision of [1, 2, 3, 4, 5]) {
      await user.untilReady(name, revision)
      await user.remove(secrets, name)
    }
    const limited = await user.until(certificates, name, isLimited)
    expect(limited.status?.revision).toBe(5)
    expect(conditionOf(limited.status, 'certwright.dev/Limited')).toMatchObject({
      reason: 'IssuanceLimited',
      message: expect.stringMatching(/next try is at 20\d\d-\d\d-\d\dT/) as string,
    })
    await user.untilEvent(name, 'IssuanceLimited')
    expect(await underTest().operator().metrics()).toMatch(/^certwright_issuances_limited_total\{reason="IssuanceLimited"\} 1$/m)

    await triggerIssuance(underTest().testbed, user.namespace, name)
    expect(isLimited(await user.untilReady(name, 6))).toBe(false)
  })
})

leavesNothingBehind(underTest)
