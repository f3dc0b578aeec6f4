import { beforeAll, describe, expect, test } from 'vitest'
import { certificateRequests, certificates, issuers } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser, Conditioned } from './cluster-user.ts'
import { issuerRefIn, setCondition } from './external-issuer.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { newTestCa } from './test-ca.ts'
import { triggerIssuance } from './trigger-issuance.ts'

const underTest = operatorUnderTest({ name: 'certificate-flags', startsOwn: true })
const isIn =
  (type: string, wanted: string) =>
  ({ status }: Conditioned): boolean =>
    conditionOf(status, type)?.status === wanted
const approval = { type: 'Approved', status: 'True', reason: 'Auditor', message: 'looked at it' } as const
const denial = { type: 'Denied', status: 'True', reason: 'Auditor', message: 'not for you' } as const
const fromCa = { issuerRef: { name: 'ca' } }

/** Two operators, each for a namespace of its own with a CA Issuer of its own. */
let owning: ClusterUser
let unapproving: ClusterUser

beforeAll(async () => {
  owning = await userWithOperator('owning', ['--enable-certificate-owner-ref'])
  unapproving = await userWithOperator('unapproving', [
    '--controllers=*,-certificaterequests-approver',
    '--certificate-request-minimum-backoff-duration=6s',
  ])
})

async function userWithOperator(namespace: string, flags: readonly string[]): Promise<ClusterUser> {
  const user = await underTest().user(namespace)
  await user.create(secrets, 'ca', { data: (await newTestCa()).secretData })
  await user.create(issuers, 'ca', { spec: { ca: { secretName: 'ca' } } })
  await underTest().start({ flags: [`--namespace=${namespace}`, '--leader-elect=false', ...flags] })
  await user.until(issuers, 'ca', isIn('Ready', 'True'))
  return user
}

describe('an operator with --enable-certificate-owner-ref', () => {
  test('makes the Certificate the owner of its Secret', async () => {
    const { metadata } = await owning.createCertificate('web', certificateSpec('web', fromCa))
    await owning.untilReady('web')
    const secret = await owning.secret('web')
    expect(secret.metadata.ownerReferences).toEqual([
      { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', name: 'web', uid: metadata.uid, controller: true, blockOwnerDeletion: true },
    ])
  })

  test('puts the owner reference back when somebody takes it away, without a new certificate', async () => {
    await owning.createCertificate('repaired', certificateSpec('repaired', fromCa))
    await owning.untilReady('repaired')
    const before = await owning.secret('repaired')
    await owning.edit(secrets, 'repaired', { metadata: { ownerReferences: null } })
    const after = await owning.until(secrets, 'repaired', ({ metadata }) => metadata.ownerReferences !== undefined)
    expect(leafIn(after).serialNumber).toBe(leafIn(before).serialNumber)
  })
})

describe('an operator without the built-in approver', () => {
  test('signs nothing until somebody has approved', async () => {
    await unapproving.createCertificate('approved', certificateSpec('approved', fromCa))
    await unapproving.untilEvent('approved-1', 'WaitingForApproval')
    expect((await unapproving.request('approved-1')).status?.conditions).toBeUndefined()
    expect(await unapproving.find(secrets, 'approved')).toBeUndefined()

    await setCondition(unapproving, 'approved-1', approval)
    await unapproving.untilReady('approved')
    expect(conditionOf((await unapproving.request('approved-1')).status, 'Approved')).toMatchObject({
      reason: 'Auditor',
      message: 'looked at it',
    })
  })

  test('marks a denied request as Denied, never signs it, and its Certificate rests before it tries again', async () => {
    await unapproving.createCertificate('denied', certificateSpec('denied', fromCa))
    const { metadata } = await unapproving.until(certificateRequests, 'denied-1', () => true)
    await setCondition(unapproving, 'denied-1', denial)

    const request = await unapproving.until(certificateRequests, 'denied-1', isIn('Ready', 'False'))
    expect(conditionOf(request.status, 'Ready')).toMatchObject({ reason: 'Denied' })
    expect(request.status?.failureTime).toBeDefined()
    expect(request.status?.certificate).toBeUndefined()
    const { status } = await unapproving.until(certificates, 'denied', isIn('Issuing', 'False'))
    expect(conditionOf(status, 'Issuing')).toMatchObject({ message: expect.stringContaining('not for you') })
    expect(status).toMatchObject({ failedIssuanceAttempts: 1, lastFailureTime: expect.any(String) })
    expect(status?.nextPrivateKeySecretName).toBeUndefined()

    const next = await unapproving.until(certificateRequests, 'denied-1', (request) => request.metadata.uid !== metadata.uid)
    const restedFor = Date.parse(next.metadata.creationTimestamp ?? '') - Date.parse(status?.lastFailureTime ?? '')
    expect(restedFor).toBeGreaterThanOrEqual(6_000)
    await setCondition(unapproving, 'denied-1', approval)
    const { status: healed } = await unapproving.untilReady('denied')
    expect(healed).not.toHaveProperty('failedIssuanceAttempts')
    expect(healed).not.toHaveProperty('lastFailureTime')
  })

  test('keeps what is served when a renewal is denied', async () => {
    await unapproving.createCertificate('renewed', certificateSpec('renewed', fromCa))
    await unapproving.until(certificateRequests, 'renewed-1', () => true)
    await setCondition(unapproving, 'renewed-1', approval)
    await unapproving.untilReady('renewed')
    const before = await unapproving.secret('renewed')

    await triggerIssuance(underTest().testbed, unapproving.namespace, 'renewed')
    await unapproving.until(certificateRequests, 'renewed-2', () => true)
    await setCondition(unapproving, 'renewed-2', denial)
    const { status } = await unapproving.until(certificates, 'renewed', isIn('Issuing', 'False'))
    expect(conditionOf(status, 'Ready')?.status).toBe('True')
    expect(status?.revision).toBe(1)
    expect((await unapproving.secret('renewed')).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  test('leaves an approved request of an unknown group alone', async () => {
    await unapproving.createCertificate('outside', certificateSpec('outside', { issuerRef: issuerRefIn('unknown.example.com') }))
    await unapproving.until(certificateRequests, 'outside-1', () => true)
    await setCondition(unapproving, 'outside-1', approval)
    const { metadata } = await unapproving.request('outside-1')
    await unapproving.createCertificate('later', certificateSpec('later', fromCa))
    await unapproving.until(certificateRequests, 'later-1', () => true)
    await setCondition(unapproving, 'later-1', approval)
    await unapproving.untilReady('later')
    expect((await unapproving.request('outside-1')).metadata.resourceVersion).toBe(metadata.resourceVersion)
  })
})

test('an operator for one namespace touches no other', async () => {
  const user = await underTest().user('elsewhere')
  const { metadata } = await user.createCertificate('web', certificateSpec('web', fromCa))
  await owning.createCertificate('later', certificateSpec('later', fromCa))
  await owning.untilReady('later')
  expect((await user.get(certificates, 'web')).metadata.resourceVersion).toBe(metadata.resourceVersion)
})

leavesNothingBehind(underTest)
