import { createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Certificate } from '../../src/crds/certificate.ts'
import { certificates, issuers } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { newTestCa, type TestCa } from './test-ca.ts'

const underTest = operatorUnderTest({ name: 'ca-rotation' })
const fromOwnCa = { issuerRef: { name: 'ca' } }
const follow = 'certwright.dev/reissue-on-ca-change'

/** A user with the Issuer `ca` and its Ready Certificates. */
async function userWithCa(
  namespace: string,
  given: { readonly issuer?: string; readonly certificates: Readonly<Record<string, string | undefined>> },
) {
  const user = await underTest().user(namespace)
  const ca = await newTestCa({ name: 'First' })
  await user.create(secrets, 'ca', { data: ca.secretData })
  await user.create(issuers, 'ca', {
    metadata: { annotations: given.issuer === undefined ? {} : { [follow]: given.issuer } },
    spec: { ca: { secretName: 'ca' } },
  })
  for (const [name, annotation] of Object.entries(given.certificates)) {
    await user.createCertificate(name, certificateSpec(name, fromOwnCa), annotation === undefined ? {} : { [follow]: annotation })
    await user.untilReady(name)
  }
  return { user, ca }
}

async function rotate(user: ClusterUser, ca: TestCa): Promise<void> {
  await user.edit(secrets, 'ca', { data: ca.secretData })
}

/** A Certificate that is made now and issued: what was to become of the others has happened. */
async function issueAnother(user: ClusterUser): Promise<void> {
  await user.createCertificate('later', certificateSpec('later', fromOwnCa))
  await user.untilReady('later')
}

describe('when the CA of an issuer changes', () => {
  test('its Certificates are issued anew where the issuer asks for it, but not one that is left out', async () => {
    const { user } = await userWithCa('followed', { issuer: '0s', certificates: { one: undefined, two: undefined, out: 'false' } })
    await rotate(user, await newTestCa({ name: 'Second' }))
    for (const name of ['one', 'two']) {
      await user.untilReady(name, 2)
      expect(leafIn(await user.secret(name)).issuer).toBe('CN=Second')
    }
    expect(leafIn(await user.secret('out')).issuer).toBe('CN=First')
  })

  test('to another key with the same name, a Certificate that asks for it itself is issued anew', async () => {
    const { user, ca } = await userWithCa('self-asking', { certificates: { asking: '0s', resting: undefined } })
    const before = leafIn(await user.secret('resting')).serialNumber
    const next = await newTestCa({ name: 'First' })
    await rotate(user, next)
    await user.untilReady('asking', 2)
    const leaf = leafIn(await user.secret('asking'))
    expect([ca, next].map(({ key }) => leaf.verify(createPublicKey(key)))).toEqual([false, true])
    expect(leafIn(await user.secret('resting')).serialNumber).toBe(before)
  })

  test('its Certificates wait for their turn in the time that was asked for: until then they are Ready and say when that is', async () => {
    const { user } = await userWithCa('paced', { issuer: '10000h', certificates: { patient: undefined } })
    await rotate(user, await newTestCa({ name: 'Second' }))
    const says = ({ status }: Certificate) => /its CA has changed: it is issued anew at 2/.test(conditionOf(status, 'Ready')?.message ?? '')
    const { status } = await user.until(certificates, 'patient', says)
    expect(conditionOf(status, 'Ready')?.status).toBe('True')
    expect(status?.revision).toBe(1)
    expect(leafIn(await user.secret('patient')).issuer).toBe('CN=First')
  })

  test('only in its certificate, not in its key, nothing is issued anew', async () => {
    const { user, ca } = await userWithCa('renewed', { issuer: '0s', certificates: { one: undefined } })
    const before = await user.secret('one')
    await rotate(user, await newTestCa({ name: 'First', key: ca.key, lifetime: 48 * 3_600_000 }))
    await issueAnother(user)
    expect((await user.secret('one')).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  test('to something that cannot sign, nothing is issued anew until a CA is there', async () => {
    const { user } = await userWithCa('broken', { issuer: '0s', certificates: { one: undefined } })
    await rotate(user, await newTestCa({ name: 'Leaf', isCA: false }))
    await user.until(issuers, 'ca', ({ status }) => status?.conditions?.some(({ status: is }) => is === 'False') === true)
    expect(leafIn(await user.secret('one')).issuer).toBe('CN=First')
    await rotate(user, await newTestCa({ name: 'Second' }))
    await user.untilReady('one', 2)
    expect(leafIn(await user.secret('one')).issuer).toBe('CN=Second')
  })
})

leavesNothingBehind(underTest)
