import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { nextKeySecretName } from '../../src/controllers/certificate/names.ts'
import { certificateRequests, certificates } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { base64, keyIn, leafIn, textIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const underTest = operatorUnderTest({ name: 'certificate-foreign' })

describe('what others have put into the Secret of a Certificate', () => {
  test('stays when the certificate is issued, and when it is issued again', async () => {
    const user = await underTest().user('kept')
    await user.create(secrets, 'web', {
      data: { 'my.conf': base64('mine') },
      metadata: { labels: { team: 'web' }, annotations: { 'example.com/mine': 'yes' } },
    })
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    await user.edit(certificates, 'web', { spec: { dnsNames: ['other.example.com'] } })
    await user.untilReady('web', 2)

    const secret = await user.secret('web')
    expect(textIn(secret, 'my.conf')).toBe('mine')
    expect(secret.metadata.labels).toEqual({ team: 'web', 'controller.cert-manager.io/fao': 'true' })
    expect(secret.metadata.annotations).toMatchObject({ 'example.com/mine': 'yes', 'cert-manager.io/alt-names': 'other.example.com' })
  })

  test('does not change the type of a Secret that was there before', async () => {
    const user = await underTest().user('type')
    await user.create(secrets, 'web', { type: 'Opaque', data: {} })
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    const { type, data } = await user.secret('web')
    expect(type).toBe('Opaque')
    expect(Object.keys(data ?? {})).toContain('tls.key')
  })

  test('a ca.crt of an issuer that no longer returns one is taken away, and a key of the user stays', async () => {
    const user = await underTest().user('dropped')
    await user.createCertificate('web', certificateSpec('web', { additionalOutputFormats: [{ type: 'DER' }] }))
    await user.untilReady('web')
    await user.edit(secrets, 'web', { data: { 'my.conf': base64('mine') } })
    await user.edit(certificates, 'web', { spec: { additionalOutputFormats: null } })
    const secret = await user.until(secrets, 'web', ({ data }) => data?.['key.der'] === undefined)
    expect(Object.keys(secret.data ?? {}).toSorted()).toEqual(['ca.crt', 'my.conf', 'tls.crt', 'tls.key'])
  })

  test('a key pair that the user brought, from elsewhere, is replaced, as the Certificate says', async () => {
    const user = await underTest().user('brought')
    await user.createCertificate('other', certificateSpec('other'))
    await user.untilReady('other')
    const { data } = await user.secret('other')
    await user.create(secrets, 'web', {
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': data?.['tls.crt'] ?? '', 'tls.key': data?.['tls.key'] ?? '' },
    })
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    expect(leafIn(await user.secret('web')).subjectAltName).toBe('DNS:web.example.com')
  })
})

describe('objects of somebody else that have a name which a Certificate would take', () => {
  test('a Secret called like the next private key is not touched, and the certificate is issued', async () => {
    const user = await underTest().user('next-key')
    await underTest().operator().stop()
    const { metadata } = await user.createCertificate('web', certificateSpec('web'))
    const name = nextKeySecretName({ certificateName: 'web', certificateUid: metadata.uid ?? '', revision: 1, failures: 0 })
    const foreign = await user.create(secrets, name, { data: { 'tls.key': base64('mine') } })
    await underTest().start()
    await user.untilReady('web')
    expect(await user.secret(name)).toMatchObject({
      metadata: { uid: foreign.metadata.uid, resourceVersion: foreign.metadata.resourceVersion },
    })
  })

  test('a CertificateRequest called like that of the next revision is not touched; an Event says what to do, and that helps', async () => {
    const user = await underTest().user('request')
    await user.createCertificate('other', certificateSpec('other'))
    await user.untilReady('other')
    const foreign = await user.create(certificateRequests, 'web-1', { spec: (await user.request('other-1')).spec })
    await user.createCertificate('web', certificateSpec('web'))
    const event = await user.untilEvent('web', 'RequestFailed')
    expect(event).toMatchObject({ type: 'Warning', message: expect.stringContaining('"web-1"') })
    expect((await user.request('web-1')).metadata.uid).toBe(foreign.metadata.uid)
    await user.remove(certificateRequests, 'web-1')
    await user.untilReady('web')
  })
})

describe('two Certificates that name one Secret', () => {
  test('the older has it, the younger says so, and nobody writes any more', async () => {
    const user = await rivals('rivals')
    const { status } = await user.until(certificates, 'younger', (certificate) => conditionOf(certificate.status, 'Ready') !== undefined)
    expect(conditionOf(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'IncorrectCertificate',
      message: expect.stringContaining('"older"'),
    })
    expect(conditionOf(status, 'Issuing')).toBeUndefined()
    expect((await user.secret('shared')).metadata.annotations).toMatchObject({ 'cert-manager.io/certificate-name': 'older' })

    // The next private key goes after the Certificate is Ready.
    await waitFor('only the Secret of both is left', async () => ((await user.list(secrets)).length === 1 ? true : undefined))
    const before = await versionsIn(user)
    // Nothing is to happen, so there is nothing to wait for.
    await sleep(3_000)
    expect(await versionsIn(user)).toEqual(before)
  })

  test('the younger gets the Secret at once when the older is deleted', async () => {
    const user = await rivals('inherited')
    const before = await user.secret('shared')
    await user.remove(certificates, 'older')
    await user.untilReady('younger')
    const after = await user.secret('shared')
    expect(after.metadata.annotations).toMatchObject({ 'cert-manager.io/certificate-name': 'younger' })
    expect(leafIn(after).subjectAltName).toBe('DNS:younger.example.com')
    expect(keyIn(after).equals(keyIn(before))).toBe(false)
  })

  test('the younger is issued when it is given a Secret of its own', async () => {
    const user = await rivals('separated')
    await user.edit(certificates, 'younger', { spec: { secretName: 'own' } })
    await user.untilReady('younger')
    expect(leafIn(await user.secret('own')).subjectAltName).toBe('DNS:younger.example.com')
    expect((await user.untilReady('older')).status?.revision).toBe(1)
  })
})

/** A user with two Certificates for the Secret `shared`; the older is Ready. */
async function rivals(namespace: string): Promise<ClusterUser> {
  const user = await underTest().user(namespace)
  await user.createCertificate('older', certificateSpec('older', { secretName: 'shared' }))
  await user.untilReady('older')
  await user.createCertificate('younger', certificateSpec('younger', { secretName: 'shared' }))
  return user
}

async function versionsIn(user: ClusterUser): Promise<readonly string[]> {
  const objects = [...(await user.list(certificates)), ...(await user.list(certificateRequests)), ...(await user.list(secrets))]
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}: ${metadata.resourceVersion}`)
}

leavesNothingBehind(underTest)
