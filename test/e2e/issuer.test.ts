import { describe, expect, test } from 'vitest'
import { certificateRequests, certificates, issuers } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { MINUTE, SECOND } from '../../src/lib/instant.ts'
import { conditionOf } from './cluster-user.ts'
import type { Conditioned } from './cluster-user.ts'
import { certificateSpec, quickKey } from './manifests.ts'
import { openssl } from './openssl.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { base64, leafIn, textIn } from './stored.ts'
import { newTestCa } from './test-ca.ts'

const underTest = operatorUnderTest({ name: 'issuer' })
const isReady = ({ status }: Conditioned): boolean => conditionOf(status, 'Ready')?.status === 'True'
const isUnready = ({ status }: Conditioned): boolean => conditionOf(status, 'Ready')?.status === 'False'
const caIssuer = { spec: { ca: { secretName: 'ca' } } }
const fromCa = certificateSpec('web', { issuerRef: { name: 'ca' } })

type SecretData = Readonly<Record<string, string>>

describe('a CA Issuer', () => {
  test.each<[title: string, reason: string, data: () => Promise<SecretData | undefined>]>([
    ['is missing', 'ErrGetKeyPair', () => Promise.resolve(undefined)],
    ['holds garbage', 'ErrGetKeyPair', () => Promise.resolve({ 'tls.crt': base64('garbage'), 'tls.key': base64('garbage') })],
    ['holds no key', 'ErrGetKeyPair', async () => ({ 'tls.crt': (await newTestCa()).secretData['tls.crt'] })],
    [
      'holds the key of another CA',
      'ErrGetKeyPair',
      async () => ({ ...(await newTestCa()).secretData, 'tls.key': (await newTestCa()).secretData['tls.key'] }),
    ],
    ['holds no CA', 'ErrInvalidKeyPair', async () => (await newTestCa({ isCA: false })).secretData],
    ['holds a CA that has expired', 'ErrInvalidKeyPair', async () => (await newTestCa({ lifetime: -MINUTE })).secretData],
  ])('whose Secret %s says so, and so does what waits for it; once it is put right all becomes Ready', async (title, reason, data) => {
    const user = await underTest().user(`ca ${title}`)
    const wrong = await data()
    if (wrong !== undefined) await user.create(secrets, 'ca', { data: wrong })
    await user.create(issuers, 'ca', caIssuer)
    await user.createCertificate('web', fromCa)

    const issuer = await user.until(issuers, 'ca', isUnready)
    expect(conditionOf(issuer.status, 'Ready')).toMatchObject({ reason, message: expect.stringMatching(/.{20}/), observedGeneration: 1 })
    expect((await user.untilEvent('ca', reason)).type).toBe('Warning')
    const request = await user.until(certificateRequests, 'web-1', isUnready)
    expect(conditionOf(request.status, 'Ready')).toMatchObject({ reason: 'Pending', message: expect.stringContaining('is not ready') })
    await user.untilEvent('web-1', 'IssuerNotReady')
    const waiting = await user.until(certificates, 'web', isUnready)
    expect(conditionOf(waiting.status, 'Issuing')?.status).toBe('True')

    const { secretData } = await newTestCa({ name: 'Put right' })
    if (wrong === undefined) await user.create(secrets, 'ca', { data: secretData })
    else await user.edit(secrets, 'ca', { data: secretData })
    await user.untilReady('web')
    expect(leafIn(await user.secret('web')).issuer).toBe('CN=Put right')
    expect(conditionOf((await user.get(issuers, 'ca')).status, 'Ready')).toMatchObject({
      status: 'True',
      reason: 'KeyPairVerified',
      message: 'Signing CA verified',
    })
    await user.untilEvent('ca', 'KeyPairVerified')
  })

  test('that expires shortens its certificates to its own end without issuing them over and over, and goes on after it is replaced', async () => {
    const user = await underTest().user('short-ca')
    const lifetime = 8 * SECOND
    await user.create(secrets, 'ca', { data: (await newTestCa({ lifetime })).secretData })
    await user.create(issuers, 'ca', caIssuer)
    await user.createCertificate('web', fromCa)
    const { status } = await user.untilReady('web')
    expect(status?.notAfter).toBe(new Date(leafIn(await user.secret('ca')).validTo).toISOString().replace('.000', ''))

    const expired = await user.until(issuers, 'ca', isUnready)
    expect(conditionOf(expired.status, 'Ready')).toMatchObject({ reason: 'ErrInvalidKeyPair', message: expect.stringContaining('expired') })
    const unready = await user.until(certificates, 'web', isUnready)
    expect(unready.status?.revision).toBeLessThanOrEqual(3)

    await user.edit(secrets, 'ca', { data: (await newTestCa({ name: 'Next CA' })).secretData })
    await user.until(certificates, 'web', isReady)
    expect(leafIn(await user.secret('web')).issuer).toBe('CN=Next CA')
  })

  test('whose CA is replaced signs new certificates with the new one and leaves those that are there alone', async () => {
    const user = await underTest().user('rotation')
    await user.create(secrets, 'ca', { data: (await newTestCa({ name: 'First CA' })).secretData })
    await user.create(issuers, 'ca', caIssuer)
    await user.createCertificate('web', fromCa)
    await user.untilReady('web')
    await user.edit(secrets, 'ca', { data: (await newTestCa({ name: 'Second CA' })).secretData })
    await user.createCertificate('next', certificateSpec('next', { issuerRef: { name: 'ca' } }))
    await user.untilReady('next')
    expect(leafIn(await user.secret('next')).issuer).toBe('CN=Second CA')
    expect(leafIn(await user.secret('web')).issuer).toBe('CN=First CA')
    expect((await user.untilReady('web')).status?.revision).toBe(1)
  })

  test('that is an intermediate gives leaf and intermediate in tls.crt and the root in ca.crt', async () => {
    const user = await underTest().user('intermediate')
    await user.createCertificate('intermediate', {
      isCA: true,
      commonName: 'Example Intermediate',
      secretName: 'ca',
      privateKey: quickKey,
      issuerRef: { name: 'ca', kind: 'ClusterIssuer' },
    })
    await user.create(issuers, 'ca', caIssuer)
    await user.createCertificate('web', fromCa)
    await user.untilReady('web')
    const secret = await user.secret('web')
    const files = { 'chain.pem': textIn(secret, 'tls.crt'), 'root.pem': textIn(secret, 'ca.crt') }
    expect(textIn(secret, 'tls.crt').match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(await openssl(['x509', '-in', '@root.pem', '-noout', '-subject'], files)).toMatch(/CN\s*=\s*Example Root/)
    expect(await openssl(['verify', '-CAfile', '@root.pem', '-untrusted', '@chain.pem', '@chain.pem'], files)).toMatch(/OK/)
  })

  test('whose certificate has the serial number 0 can sign', async () => {
    const user = await underTest().user('serial-zero')
    await user.create(secrets, 'ca', { data: (await newTestCa({ serialNumber: Uint8Array.of(0) })).secretData })
    await user.create(issuers, 'ca', caIssuer)
    await user.createCertificate('web', fromCa)
    await user.untilReady('web')
  })

  test('puts its URLs into each certificate', async () => {
    const user = await underTest().user('urls')
    await user.create(secrets, 'ca', { data: (await newTestCa()).secretData })
    const urls = {
      crlDistributionPoints: ['http://ca.example.com/crl'],
      ocspServers: ['http://ocsp.example.com'],
      issuingCertificateURLs: ['http://ca.example.com/ca.crt'],
    }
    await user.create(issuers, 'ca', { spec: { ca: { secretName: 'ca', ...urls } } })
    await user.createCertificate('web', fromCa)
    await user.untilReady('web')
    const text = await openssl(['x509', '-in', '@leaf.pem', '-noout', '-text'], { 'leaf.pem': textIn(await user.secret('web'), 'tls.crt') })
    for (const url of Object.values(urls).flat()) expect(text).toContain(`URI:${url}`)
  })
})

describe('a self-signed Issuer', () => {
  test('signs a hand-made request with the key in the Secret that it names, once that is there', async () => {
    const user = await underTest().user('self-signed')
    await user.create(issuers, 'self-signed', { spec: { selfSigned: { crlDistributionPoints: ['http://ca.example.com/crl'] } } })
    await user.createCertificate('made', certificateSpec('made', { issuerRef: { name: 'self-signed' }, commonName: 'made.example.com' }))
    await user.untilReady('made')
    const { spec } = await user.request('made-1')
    const { data } = await user.secret('made')

    await user.create(certificateRequests, 'by-hand', {
      spec,
      metadata: { annotations: { 'cert-manager.io/private-key-secret-name': 'key' } },
    })
    const waiting = await user.until(certificateRequests, 'by-hand', isUnready)
    expect(conditionOf(waiting.status, 'Ready')).toMatchObject({ reason: 'Pending', message: expect.stringContaining('"key"') })
    await user.untilEvent('by-hand', 'MissingSecret')

    await user.create(secrets, 'key', { data: { 'tls.key': data?.['tls.key'] ?? '' } })
    const { status } = await user.until(certificateRequests, 'by-hand', isReady)
    const pem = Buffer.from(status?.certificate ?? '', 'base64').toString()
    expect(await openssl(['verify', '-CAfile', '@leaf.pem', '@leaf.pem'], { 'leaf.pem': pem })).toMatch(/OK/)
    expect(await openssl(['x509', '-in', '@leaf.pem', '-noout', '-text'], { 'leaf.pem': pem })).toContain('URI:http://ca.example.com/crl')
  })

  test.each<[title: string, reason: string, annotations: Readonly<Record<string, string>>]>([
    ['names no Secret with its key', 'MissingAnnotation', {}],
    ['was made with another key', 'ErrorKeyMatch', { 'cert-manager.io/private-key-secret-name': 'other' }],
  ])('refuses a request that %s', async (title, reason, annotations) => {
    const user = await underTest().user(title)
    await user.create(issuers, 'self-signed', { spec: { selfSigned: {} } })
    for (const name of ['made', 'other'])
      await user.createCertificate(name, certificateSpec(name, { issuerRef: { name: 'self-signed' }, commonName: name }))
    await user.untilReady('made')
    await user.untilReady('other')
    await user.create(certificateRequests, 'by-hand', { spec: (await user.request('made-1')).spec, metadata: { annotations } })
    const { status } = await user.until(certificateRequests, 'by-hand', isUnready)
    expect(conditionOf(status, 'Ready')).toMatchObject({ reason: 'Failed', message: expect.stringMatching(/.{20}/) })
    expect(status?.failureTime).toBeDefined()
    expect((await user.untilEvent('by-hand', reason)).type).toBe('Warning')
  })

  test('warns about a certificate without a subject, and issues it', async () => {
    const user = await underTest().user('no-subject')
    await user.create(issuers, 'self-signed', { spec: { selfSigned: {} } })
    await user.createCertificate('web', certificateSpec('web', { issuerRef: { name: 'self-signed' } }))
    await user.untilReady('web')
    expect((await user.untilEvent('web-1', 'BadConfig')).type).toBe('Warning')
  })
})

leavesNothingBehind(underTest)
