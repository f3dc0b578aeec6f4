import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CertificateSpec } from '../../src/crds/certificate.ts'
import type { CertificateRequestSpec } from '../../src/crds/certificate-request.ts'
import { certificateRequests, certificates, issuers } from '../../src/crds/resources.ts'
import { namespaces, secrets } from '../../src/kube/kinds.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser, Conditioned } from './cluster-user.ts'
import { certificateSpec, clusterCa } from './manifests.ts'
import { keytoolList } from './openssl.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { base64, bytesIn, keyIn, leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const underTest = operatorUnderTest({ name: 'bad-input', flags: ['--v=4'] })
const garbage = base64('-----BEGIN CERTIFICATE REQUEST-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE REQUEST-----\n')
const isUnready = ({ status }: Conditioned): boolean => conditionOf(status, 'Ready')?.status === 'False'
const sentence = expect.stringMatching(/\w+ \w+ \w+/)

/** What is wrong in one place must not slow down or stop anything else. */
async function othersAreIssued(user: ClusterUser, name = 'unaffected'): Promise<void> {
  await user.createCertificate(name, certificateSpec(name))
  await user.untilReady(name)
}

describe('a Certificate', () => {
  test('of an issuer that does not exist says so, and is issued once there is one', async () => {
    const user = await underTest().user('unknown-issuer')
    await user.createCertificate('web', certificateSpec('web', { commonName: 'web', issuerRef: { name: 'nobody' } }))
    const request = await user.until(certificateRequests, 'web-1', isUnready)
    expect(conditionOf(request.status, 'Ready')).toMatchObject({ reason: 'Pending', message: expect.stringContaining('Issuer "nobody"') })
    await user.untilEvent('web-1', 'IssuerNotFound')
    const { status } = await user.until(certificates, 'web', isUnready)
    expect(conditionOf(status, 'Ready')).toMatchObject({ reason: 'DoesNotExist', message: sentence })
    expect(conditionOf(status, 'Issuing')).toMatchObject({ status: 'True' })
    await othersAreIssued(user)

    await user.create(issuers, 'nobody', { spec: { selfSigned: {} } })
    await user.untilReady('web')
  })

  test('that is edited while it waits gets a certificate for what it says in the end', async () => {
    const user = await underTest().user('edited')
    await user.createCertificate('web', certificateSpec('web', { commonName: 'web', issuerRef: { name: 'nobody' } }))
    const { metadata } = await user.until(certificateRequests, 'web-1', isUnready)
    await user.edit(certificates, 'web', { spec: { dnsNames: ['late.example.com'], privateKey: { size: 384 } } })
    await user.until(certificateRequests, 'web-1', (request) => request.metadata.uid !== metadata.uid)
    await user.edit(certificates, 'web', { spec: { issuerRef: clusterCa } })
    const { status } = await user.untilReady('web')
    const secret = await user.secret('web')
    expect(leafIn(secret).subjectAltName).toBe('DNS:late.example.com')
    expect(keyIn(secret).asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' })
    expect(status?.revision).toBe(1)
  })

  test.each<[kind: string, spec: object]>([
    [
      'vault',
      { vault: { server: 'https://vault.example.com', path: 'pki/sign/web', auth: { tokenSecretRef: { name: 'token', key: 'token' } } } },
    ],
    ['venafi', { venafi: { zone: 'web', cloud: { apiTokenSecretRef: { name: 'token', key: 'token' } } } }],
  ])('of an issuer of a type that is not supported, %s, is told so', async (kind, spec) => {
    const user = await underTest().user(`unsupported ${kind}`)
    await user.create(issuers, 'unsupported', { spec })
    await user.createCertificate('web', certificateSpec('web', { issuerRef: { name: 'unsupported' } }))
    const issuer = await user.until(issuers, 'unsupported', isUnready)
    expect(conditionOf(issuer.status, 'Ready')).toMatchObject({
      reason: 'ErrInitIssuer',
      message: expect.stringContaining(`${kind} are not supported`),
    })
    expect((await user.untilEvent('unsupported', 'ErrInitIssuer')).type).toBe('Warning')
    const request = await user.until(certificateRequests, 'web-1', isUnready)
    expect(conditionOf(request.status, 'Ready')).toMatchObject({ reason: 'Pending', message: expect.stringContaining('not supported') })
    await othersAreIssued(user)
  })

  test('whose rotationPolicy Never keeps a key that does not fit says what to do, and is issued once that is done', async () => {
    const user = await underTest().user('unfit-key')
    await user.createCertificate('web', certificateSpec('web', { privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Never' } }))
    await user.untilReady('web')
    await user.edit(certificates, 'web', { spec: { privateKey: { size: 384 } } })
    const event = await user.untilEvent('web', 'CannotRegenerateKey')
    expect(event).toMatchObject({ type: 'Warning', message: expect.stringContaining('rotationPolicy') })
    const { status } = await user.until(certificates, 'web', isUnready)
    expect(conditionOf(status, 'Ready')).toMatchObject({
      reason: 'SecretMismatch',
      message: expect.stringContaining('spec.privateKey.size'),
    })
    expect(status?.revision).toBe(1)
    await othersAreIssued(user)

    await user.edit(certificates, 'web', { spec: { privateKey: { rotationPolicy: 'Always' } } })
    await user.untilReady('web', 2)
    expect(keyIn(await user.secret('web')).asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' })
  })

  test.each<[title: string, wrong: object, why: string, right: object]>([
    [
      'a literal subject with a value in hexadecimal that is cut off',
      { literalSubject: 'CN=web,O=#0c0541' },
      'spec.literalSubject',
      { literalSubject: 'CN=web,O=Example' },
    ],
    [
      'a DNS name that is none',
      { dnsNames: ['b\u00fccher.example.com'] },
      'b\u00fccher.example.com',
      { dnsNames: ['xn--bcher-kva.example.com'] },
    ],
  ])('with %s says so instead of trying again and again, and is issued once it is put right', async (title, wrong, why, right) => {
    const user = await underTest().user(title)
    const { dnsNames: _, ...spec } = certificateSpec('web')
    await user.createCertificate('web', { ...spec, ...wrong })
    const { status } = await user.until(
      certificates,
      'web',
      (certificate) => conditionOf(certificate.status, 'Issuing')?.status === 'False',
    )
    expect(conditionOf(status, 'Issuing')).toMatchObject({ reason: 'RequestFailed', message: expect.stringContaining(why) })
    expect((await user.untilEvent('web', 'RequestFailed')).type).toBe('Warning')
    expect(await user.list(certificateRequests)).toEqual([])
    await othersAreIssued(user)

    await user.edit(certificates, 'web', { spec: right })
    await user.untilReady('web')
  })

  test.each<[title: string, jks: object]>([
    ['Secret', { passwordSecretRef: { name: 'password', key: 'jks' } }],
    ['key', { passwordSecretRef: { name: 'other-password', key: 'jks' } }],
  ])('whose keystore password is in a %s that is missing says so, and is issued once it is there', async (title, jks) => {
    const user = await underTest().user(`password ${title}`)
    await user.create(secrets, 'other-password', { data: { other: base64('x') } })
    await user.createCertificate('web', certificateSpec('web', { keystores: { jks: { create: true, ...jks } } }))
    const event = await user.untilEvent('web', 'KeystorePasswordSecretNotFound')
    expect(event).toMatchObject({ type: 'Warning', message: expect.stringContaining('key "jks"') })
    const { status } = await user.until(
      certificates,
      'web',
      (certificate) => conditionOf(certificate.status, 'Issuing')?.message?.includes('key "jks"') === true,
    )
    expect(conditionOf(status, 'Ready')).toMatchObject({ status: 'False', reason: 'DoesNotExist', message: sentence })
    expect(conditionOf(status, 'Issuing')).toMatchObject({ status: 'True', reason: 'DoesNotExist' })
    await othersAreIssued(user)

    if (title === 'Secret') await user.create(secrets, 'password', { data: { jks: base64('changeit') } })
    else await user.edit(secrets, 'other-password', { data: { jks: base64('changeit') } })
    await user.untilReady('web')
    expect(await keytoolList(bytesIn(await user.secret('web'), 'keystore.jks'), 'changeit')).toMatch(/PrivateKeyEntry/)
  })
})

describe('an issuance that waits for its issuer', () => {
  test('goes on with another key when somebody deletes its next private key', async () => {
    const { user, nextKey } = await waitingUser('deleted-key')
    await user.remove(secrets, nextKey)
    await user.until(secrets, nextKey, () => true)
    await user.create(issuers, 'nobody', { spec: { selfSigned: {} } })
    await user.untilReady('web')
    const secret = await user.secret('web')
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  })

  test('goes on with the other key when somebody replaces its next private key', async () => {
    const { user, nextKey } = await waitingUser('replaced-key')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { metadata } = await user.request('web-1')
    await user.edit(secrets, nextKey, { data: { 'tls.key': base64(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()) } })
    // Else the issuer might be seen before the key is.
    await user.until(certificateRequests, 'web-1', (request) => request.metadata.uid !== metadata.uid)
    await user.create(issuers, 'nobody', { spec: { selfSigned: {} } })
    await user.untilReady('web')
    const secret = await user.secret('web')
    expect(keyIn(secret).equals(privateKey)).toBe(true)
    expect(leafIn(secret).checkPrivateKey(privateKey)).toBe(true)
  })

  test('goes on with a new key when somebody overwrites its next private key with garbage', async () => {
    const { user, nextKey } = await waitingUser('garbage-key')
    await user.edit(secrets, nextKey, { data: { 'tls.key': base64('garbage') } })
    await user.create(issuers, 'nobody', { spec: { selfSigned: {} } })
    await user.untilReady('web')
    const secret = await user.secret('web')
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  })

  test('goes with its namespace, and nobody minds', async () => {
    const { user } = await waitingUser('deleted-namespace')
    const { cluster } = underTest()
    const { signal } = new AbortController()
    const namespace = await cluster.get(namespaces, { name: user.namespace }, signal)
    if (namespace === undefined) throw new Error('the namespace is gone already')
    await cluster.delete(namespaces, namespace, signal)
    await waitFor('the Certificate is gone', async () => ((await user.find(certificates, 'web')) === undefined ? true : undefined))
    await othersAreIssued(await underTest().user('another-namespace'))
  })
})

/** A user whose Certificate `web` has its key and its request, and waits for the Issuer `nobody`. */
async function waitingUser(namespace: string): Promise<{ readonly user: ClusterUser; readonly nextKey: string }> {
  const user = await underTest().user(namespace)
  await user.createCertificate('web', certificateSpec('web', { commonName: 'web', issuerRef: { name: 'nobody' } }))
  await user.until(certificateRequests, 'web-1', isUnready)
  const { status } = await user.get(certificates, 'web')
  return { user, nextKey: status?.nextPrivateKeySecretName ?? '' }
}

describe('a Secret that must not be written', () => {
  test('because it is immutable is not written, an Event says so, and the Certificate goes on once it is deleted', async () => {
    const user = await underTest().user('immutable')
    await user.create(secrets, 'web', { data: { mine: base64('1') }, immutable: true })
    await user.createCertificate('web', certificateSpec('web'))
    expect(await user.untilEvent('web', 'Failed')).toMatchObject({ type: 'Warning', message: expect.stringContaining('cannot be written') })
    await othersAreIssued(user)
    await user.remove(secrets, 'web')
    expect((await user.untilReady('web')).status?.revision).toBe(1)
  })
})

describe('a CertificateRequest', () => {
  let valid: CertificateRequestSpec

  beforeAll(async () => {
    const user = await underTest().user('valid-request')
    await user.createCertificate('web', certificateSpec('web', { usages: ['server auth'] } satisfies Partial<CertificateSpec>))
    await user.untilReady('web')
    valid = (await user.request('web-1')).spec
  })

  test.each<[title: string, change: (spec: CertificateRequestSpec) => Partial<CertificateRequestSpec>, why: string]>([
    ['garbage in the PEM of its CSR', () => ({ request: garbage }), 'CSR'],
    ['the first line of a PEM instead of a CSR', () => ({ request: base64('-----BEGIN CERTIFICATE REQUEST-----\n') }), 'CSR'],
    ['a certificate instead of a CSR', ({ request }) => ({ request: relabeled(request, 'CERTIFICATE') }), 'not a CSR'],
    ['a CSR with a wrong signature', ({ request }) => ({ request: withWrongSignature(request) }), 'signature'],
    ['usages that its CSR does not ask for', () => ({ usages: ['client auth'] }), 'usages'],
    ['isCA, which its CSR does not', () => ({ isCA: true }), 'usages'],
  ])('with %s fails with a reason, for good', async (title, change, why) => {
    const user = await underTest().user(title)
    await user.create(certificateRequests, 'broken', { spec: { ...valid, ...change(valid) } })
    const { status } = await user.until(certificateRequests, 'broken', isUnready)
    expect(conditionOf(status, 'Ready')).toMatchObject({ reason: 'Failed', message: expect.stringContaining(why) })
    expect(status?.failureTime).toBeDefined()
    expect(status?.certificate).toBeUndefined()
    expect(await user.untilEvent('broken', 'SigningError')).toMatchObject({ type: 'Warning', message: expect.stringContaining(why) })
    await othersAreIssued(user)
  })

  test('of a Certificate that somebody replaces by one with garbage is made anew', async () => {
    const user = await underTest().user('replaced')
    await user.createCertificate('web', certificateSpec('web', { issuerRef: { name: 'nobody' }, commonName: 'web' }))
    const { metadata, spec } = await user.until(certificateRequests, 'web-1', isUnready)
    await user.remove(certificateRequests, 'web-1')
    const { annotations = {}, ownerReferences = [] } = metadata
    await user.create(certificateRequests, 'other-name', {
      spec: { ...spec, request: garbage },
      metadata: { annotations, ownerReferences },
    })
    await user.create(issuers, 'nobody', { spec: { selfSigned: {} } })
    await user.untilReady('web')
  })
})

function relabeled(request: string, label: string): string {
  return base64(Buffer.from(request, 'base64').toString().replaceAll('CERTIFICATE REQUEST', label))
}

/** The last byte of a CSR belongs to its signature. */
function withWrongSignature(request: string): string {
  const pem = Buffer.from(request, 'base64').toString()
  const der = Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1)
  return base64(
    `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE REQUEST-----\n`,
  )
}

leavesNothingBehind(underTest)
