import { beforeAll, describe, expect, test } from 'vitest'
import type { CertificateSpec } from '../../src/crds/certificate.ts'
import type { CertificateRevocationSpec } from '../../src/crds/certificate-revocation.ts'
import { certificateRevocations, certificates, issuerPools, issuers } from '../../src/crds/resources.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec, quickKey } from './manifests.ts'
import { installClusterCa, leavesNothingBehind } from './operator-under-test.ts'
import { keyIn, leafIn } from './stored.ts'
import { triggerIssuance } from './trigger-issuance.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('revocation', { nonceRejectPercent: 0 })

beforeAll(async () => {
  await site().start()
  await installClusterCa(site().underTest)
})

/** A user with the Issuer `acme` and a Certificate `web` of it that is Ready. */
async function customer(title: string, more: Partial<CertificateSpec> = {}, annotations: Readonly<Record<string, string>> = {}) {
  const user = await site().underTest.user(title)
  await user.create(issuers, 'acme', { spec: site().issuerSpec() })
  const dnsNames = [`${title.replaceAll(' ', '-')}.example`]
  const spec = { secretName: 'web', dnsNames, privateKey: quickKey, issuerRef: { name: 'acme' }, ...more }
  await user.createCertificate('web', spec, annotations)
  await user.untilReady('web')
  return { user, serial: await serialOf(user) }
}

async function serialOf(user: ClusterUser): Promise<string> {
  return leafIn(await user.secret('web')).serialNumber
}

const revoke = (user: ClusterUser, spec: CertificateRevocationSpec) => user.create(certificateRevocations, 'web', { spec })
const untilRevoked = (user: ClusterUser) =>
  user.until(certificateRevocations, 'web', ({ status }) => conditionOf(status, 'Revoked')?.status === 'True')
const untilReason = (user: ClusterUser, reason: string) =>
  user.until(certificateRevocations, 'web', ({ status }) => conditionOf(status, 'Revoked')?.reason === reason)
const atCa = (serial: string) => site().acme.certificateStatus(serial)

describe('a CertificateRevocation', () => {
  test('revokes the current certificate of a Certificate, and says so on both', async () => {
    const { user, serial } = await customer('plain')
    await revoke(user, { certificateRef: { name: 'web' }, reason: 'superseded' })
    const { status } = await untilRevoked(user)
    expect(await atCa(serial)).toBe('Revoked')
    expect(status).toMatchObject({ serialNumber: serial.toLowerCase(), certificateName: 'web', revokedAt: expect.any(String) })
    expect(await user.untilEvent('web', 'Revoked')).toMatchObject({ type: 'Normal' })
    expect(await serialOf(user)).toBe(serial)
  })

  test('of a compromised key gets a certificate with another key first, although the rotation policy is Never', async () => {
    const { user, serial } = await customer('compromised', { privateKey: { ...quickKey, rotationPolicy: 'Never' } })
    const before = await user.secret('web')
    await revoke(user, { certificateRef: { name: 'web' }, reason: 'keyCompromise', reissue: 'First' })
    await untilRevoked(user)
    const after = await user.secret('web')
    expect(leafIn(after).serialNumber).not.toBe(serial)
    expect(leafIn(after).checkPrivateKey(keyIn(after))).toBe(true)
    expect(keyIn(after).equals(keyIn(before))).toBe(false)
    expect([await atCa(serial), await atCa(leafIn(after).serialNumber)]).toEqual(['Revoked', 'Valid'])
    await user.untilReady('web', 2)
  })

  test('revokes an older certificate by its serial number', async () => {
    const { user, serial } = await customer('older', { revisionHistoryLimit: 2 })
    await triggerIssuance(site().underTest.testbed, user.namespace, 'web')
    await user.untilReady('web', 2)
    await revoke(user, { serialNumber: serial.replaceAll(/..(?!$)/g, '$&:') })
    await untilRevoked(user)
    expect([await atCa(serial), await atCa(await serialOf(user))]).toEqual(['Revoked', 'Valid'])
  })

  test('does not find the certificate of a neighbor', async () => {
    const { serial } = await customer('neighbor')
    const user = await site().underTest.user('curious')
    await revoke(user, { serialNumber: serial })
    const { status } = await untilReason(user, 'CertificateNotFound')
    expect(conditionOf(status, 'Revoked')?.message).toContain(serial.toLowerCase())
    expect(await atCa(serial)).toBe('Valid')
  })

  test('uses the key of the certificate when another account has ordered it', async () => {
    const { user, serial } = await customer('other account')
    const before = (await user.get(issuers, 'acme')).status?.acme?.uri
    await user.edit(issuers, 'acme', { spec: site().issuerSpec({ privateKeySecretRef: { name: 'another' } }) })
    await user.until(issuers, 'acme', ({ status }) => status?.acme?.uri !== before && conditionOf(status, 'Ready')?.status === 'True')
    await revoke(user, { certificateRef: { name: 'web' } })
    const { status } = await untilRevoked(user)
    expect(conditionOf(status, 'Revoked')?.message).toContain('the key of the certificate')
    expect(await atCa(serial)).toBe('Revoked')
  })

  test('whose first answer is lost succeeds at the second attempt', async () => {
    await using proxy = await startFaultProxy(site().acme)
    const user = await site().underTest.user('lost answer')
    const caBundle = Buffer.from(proxy.caPem).toString('base64')
    await user.create(issuers, 'acme', { spec: site().issuerSpec({ server: proxy.directoryUrl, caBundle }) })
    await user.createCertificate('web', certificateSpec('web', { dnsNames: ['lost.example'], issuerRef: { name: 'acme' } }))
    await user.untilReady('web')
    proxy.breakNext('/revoke-cert', { kind: 'lost-answer' })
    await revoke(user, { certificateRef: { name: 'web' } })
    await untilRevoked(user)
    expect(await atCa(await serialOf(user))).toBe('Revoked')
    expect(proxy.seen.filter((line) => line === 'POST /revoke-cert').length).toBeGreaterThan(1)
  })

  test('for a pool asks the CA of the issuer that signed', async () => {
    const user = await site().underTest.user('of a pool')
    await user.create(issuers, 'acme', { spec: site().issuerSpec() })
    await user.create(issuerPools, 'all', { spec: { issuers: [{ kind: 'Issuer', name: 'acme' }] } })
    const issuerRef = { group: 'certwright.dev', kind: 'IssuerPool', name: 'all' }
    await user.createCertificate('web', certificateSpec('web', { dnsNames: ['pool.example'], issuerRef }))
    await user.untilReady('web')
    await revoke(user, { certificateRef: { name: 'web' } })
    expect((await untilRevoked(user)).status?.issuerRef).toMatchObject({ kind: 'Issuer', name: 'acme' })
    expect(await atCa(await serialOf(user))).toBe('Revoked')
  })

  test('of a CA without such a service says what to do instead, and issues nothing', async () => {
    const user = await site().underTest.user('own ca')
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    await revoke(user, { certificateRef: { name: 'web' }, reissue: 'First' })
    const { status } = await untilReason(user, 'Unsupported')
    expect(conditionOf(status, 'Revoked')?.message).toMatch(/type ca have no service that revokes/)
    expect((await user.get(certificates, 'web')).status?.revision).toBe(1)
  })

  test('of a Certificate that does not exist yet waits for it', async () => {
    const user = await site().underTest.user('too early')
    await revoke(user, { certificateRef: { name: 'web' } })
    await untilReason(user, 'CertificateNotFound')
    await user.create(issuers, 'acme', { spec: site().issuerSpec() })
    await user.createCertificate('web', certificateSpec('web', { dnsNames: ['early.example'], issuerRef: { name: 'acme' } }))
    await user.untilReady('web')
    await untilRevoked(user)
  })

  test.each<[what: string, spec: object, sentence: string]>([
    ['names nothing', {}, 'name exactly one of'],
    ['names two things', { serialNumber: '0a', certificateRef: { name: 'web' } }, 'name exactly one of'],
    ['has letters for a serial number', { serialNumber: 'web' }, 'in hexadecimal'],
    ['wants a reissue by serial number', { serialNumber: '0a', reissue: 'First' }, 'needs certificateRef'],
    ['has a reason that a subscriber cannot give', { serialNumber: '0a', reason: 'cACompromise' }, 'Unsupported value'],
  ])('that %s is refused with a sentence', async (_what, spec, sentence) => {
    const manifest = { apiVersion: 'certwright.dev/v1alpha1', kind: 'CertificateRevocation', metadata: { name: 'bad' }, spec }
    const { code, stderr } = await site().underTest.testbed.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) })
    expect(code).not.toBe(0)
    expect(stderr).toContain(sentence)
  })

  test('cannot be changed', async () => {
    const user = await site().underTest.user('immutable')
    await revoke(user, { serialNumber: '0a' })
    await expect(user.edit(certificateRevocations, 'web', { spec: { serialNumber: '0b' } })).rejects.toThrow('spec cannot be changed')
  })
})

describe('a Certificate with the revocation policy OnDelete', () => {
  const onDelete = { 'certwright.dev/revocation-policy': 'OnDelete' }
  const hasFinalizer = (user: ClusterUser, is: boolean) =>
    user.until(certificates, 'web', ({ metadata }) => (metadata.finalizers ?? []).includes('certwright.dev/revocation') === is)
  const untilGone = (user: ClusterUser) =>
    waitFor('the Certificate is gone', async () => ((await user.find(certificates, 'web')) === undefined ? true : undefined))

  test('is revoked when it is deleted, and not before', async () => {
    const { user, serial } = await customer('on delete', {}, onDelete)
    await hasFinalizer(user, true)
    expect(await atCa(serial)).toBe('Valid')
    await user.remove(certificates, 'web')
    await untilGone(user)
    expect(await atCa(serial)).toBe('Revoked')
    expect(await user.untilEvent('web', 'Revoked')).toMatchObject({ type: 'Normal' })
  })

  test('that loses the annotation is deleted without', async () => {
    const { user, serial } = await customer('changed mind', {}, onDelete)
    await hasFinalizer(user, true)
    await user.edit(certificates, 'web', { metadata: { annotations: { 'certwright.dev/revocation-policy': null } } })
    await hasFinalizer(user, false)
    await user.remove(certificates, 'web')
    await untilGone(user)
    expect(await atCa(serial)).toBe('Valid')
  })

  test('of a CA that revokes nothing goes with a warning', async () => {
    const user = await site().underTest.user('nothing to do')
    await user.createCertificate('web', certificateSpec('web'), onDelete)
    await user.untilReady('web')
    await hasFinalizer(user, true)
    await user.remove(certificates, 'web')
    await untilGone(user)
    expect(await user.untilEvent('web', 'NotRevoked')).toMatchObject({ type: 'Warning' })
  })

  test('whose issuer is gone does not hold up its namespace', async () => {
    const { user, serial } = await customer('namespace', {}, onDelete)
    await hasFinalizer(user, true)
    await user.remove(issuers, 'acme')
    // Whoever has seen an issuer that came later has seen that this one is gone.
    await user.create(issuers, 'later', { spec: { selfSigned: {} } })
    await user.until(issuers, 'later', ({ status }) => conditionOf(status, 'Ready')?.status === 'True')
    await user.remove(certificates, 'web')
    await untilGone(user)
    expect((await user.untilEvent('web', 'NotRevoked')).message).toContain(serial.toLowerCase())
  })
})

leavesNothingBehind(() => site().underTest)
