import { createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { CertificateSpec } from '../../src/crds/certificate.ts'
import { certificates, issuers } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import type { Secret } from '../../src/kube/kinds.ts'
import { conditionOf } from './cluster-user.ts'
import { certificateSpec, clusterCa, quickKey } from './manifests.ts'
import { keytoolList, openssl } from './openssl.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { base64, bytesIn, keyIn, leafIn, textIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const underTest = operatorUnderTest({ name: 'certificate' })

interface Applied extends Secret {
  readonly metadata: Secret['metadata'] & { readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[] }
}

const SECOND = 1_000
const at = (time: string | undefined): number => Date.parse(time ?? '')

describe('the Secret of a Certificate', () => {
  test('a chain of self-signed root, CA Issuer and leaf ends in a Secret that OpenSSL verifies against its ca.crt', async () => {
    const user = await underTest().user('chain')
    await user.create(issuers, 'self-signed', { spec: { selfSigned: {} } })
    await user.create(issuers, 'ca', { spec: { ca: { secretName: 'root' } } })
    await user.createCertificate('root', {
      isCA: true,
      commonName: 'Chain Root',
      secretName: 'root',
      privateKey: quickKey,
      issuerRef: { name: 'self-signed' },
    })
    await user.createCertificate('web', certificateSpec('web', { issuerRef: { name: 'ca' }, usages: ['server auth'] }))
    await user.untilReady('web')

    const secret = await user.secret('web')
    const files = { 'leaf.pem': textIn(secret, 'tls.crt'), 'ca.pem': textIn(secret, 'ca.crt') }
    expect(
      await openssl(['verify', '-purpose', 'sslserver', '-verify_hostname', 'web.example.com', '-CAfile', '@ca.pem', '@leaf.pem'], files),
    ).toMatch(/leaf\.pem: OK/)
    expect(textIn(secret, 'ca.crt')).toBe(textIn(await user.secret('root'), 'tls.crt'))
    expect(leafIn(secret).issuer).toBe('CN=Chain Root')
  })

  test('it has exactly the type, data, labels, annotations and field manager that clients rely on', async () => {
    const user = await underTest().user('layout')
    await user.createCertificate(
      'web',
      certificateSpec('web', {
        commonName: 'web.example.com',
        dnsNames: ['web.example.com', '*.web.example.com'],
        ipAddresses: ['10.0.0.1'],
      }),
    )
    await user.untilReady('web')

    const { type, data, metadata }: Applied = await user.secret('web')
    expect(type).toBe('kubernetes.io/tls')
    expect(Object.keys(data ?? {}).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key'])
    expect(metadata.labels).toEqual({ 'controller.cert-manager.io/fao': 'true' })
    expect(metadata.annotations).toEqual({
      'cert-manager.io/certificate-name': 'web',
      'cert-manager.io/issuer-name': 'ca',
      'cert-manager.io/issuer-kind': 'ClusterIssuer',
      'cert-manager.io/issuer-group': '',
      'cert-manager.io/common-name': 'web.example.com',
      'cert-manager.io/alt-names': 'web.example.com,*.web.example.com',
      'cert-manager.io/ip-sans': '10.0.0.1',
      'cert-manager.io/uri-sans': '',
    })
    expect(metadata.ownerReferences).toBeUndefined()
    expect(metadata.managedFields?.map(({ manager, operation }) => `${operation} by ${manager}`)).toEqual([
      'Apply by cert-manager-certificates-issuing',
    ])
  })

  test('it tells the subject and the email addresses in annotations of their own, where there are some', async () => {
    const user = await underTest().user('subject')
    const subject = {
      organizations: ['Other', 'Example, Inc.'],
      organizationalUnits: ['Web'],
      countries: ['DE'],
      provinces: ['Berlin'],
      localities: ['Mitte'],
      streetAddresses: ['Street 1'],
      postalCodes: ['10115'],
      serialNumber: '4711',
    }
    await user.createCertificate(
      'web',
      certificateSpec('web', { subject, emailAddresses: ['web@example.com'], uris: ['spiffe://example.com/web'] }),
    )
    await user.untilReady('web')

    expect((await user.secret('web')).metadata.annotations).toMatchObject({
      'cert-manager.io/common-name': '',
      'cert-manager.io/email-sans': 'web@example.com',
      'cert-manager.io/uri-sans': 'spiffe://example.com/web',
      'cert-manager.io/subject-organizations': 'Other,"Example, Inc."',
      'cert-manager.io/subject-organizationalunits': 'Web',
      'cert-manager.io/subject-countries': 'DE',
      'cert-manager.io/subject-provinces': 'Berlin',
      'cert-manager.io/subject-localities': 'Mitte',
      'cert-manager.io/subject-streetaddresses': 'Street 1',
      'cert-manager.io/subject-postalcodes': '10115',
      'cert-manager.io/subject-serialnumber': '4711',
    })
  })

  test.each<[title: string, key: CertificateSpec['privateKey'], pem: string, details: object]>([
    ['nothing, RSA with 2048 bits as PKCS #1', undefined, 'RSA PRIVATE KEY', { modulusLength: 2048 }],
    ['RSA as PKCS #8', { algorithm: 'RSA', encoding: 'PKCS8' }, 'PRIVATE KEY', { modulusLength: 2048 }],
    ['RSA with 3072 bits', { algorithm: 'RSA', size: 3072 }, 'RSA PRIVATE KEY', { modulusLength: 3072 }],
    ['ECDSA, P-256', { algorithm: 'ECDSA' }, 'EC PRIVATE KEY', { namedCurve: 'prime256v1' }],
    ['ECDSA with 384 bits', { algorithm: 'ECDSA', size: 384 }, 'EC PRIVATE KEY', { namedCurve: 'secp384r1' }],
    ['ECDSA with 521 bits as PKCS #8', { algorithm: 'ECDSA', size: 521, encoding: 'PKCS8' }, 'PRIVATE KEY', { namedCurve: 'secp521r1' }],
    ['Ed25519', { algorithm: 'Ed25519', encoding: 'PKCS8' }, 'PRIVATE KEY', {}],
  ])('asked for %s, it holds such a key and its certificate', async (title, privateKey, pem, details) => {
    const user = await underTest().user(`key ${title}`)
    const { privateKey: _, ...spec } = certificateSpec('web')
    await user.createCertificate('web', { ...spec, ...(privateKey === undefined ? {} : { privateKey }) })
    await user.untilReady('web')

    const secret = await user.secret('web')
    const key = keyIn(secret)
    expect(textIn(secret, 'tls.key').split('\n')[0]).toBe(`-----BEGIN ${pem}-----`)
    expect(key.asymmetricKeyType).toBe({ RSA: 'rsa', ECDSA: 'ec', Ed25519: 'ed25519' }[privateKey?.algorithm ?? 'RSA'])
    expect(key.asymmetricKeyDetails ?? {}).toMatchObject(details)
    expect(leafIn(secret).publicKey.equals(createPublicKey(key))).toBe(true)
  })

  test('it has the additional output formats that are asked for, and loses them again, with the same certificate', async () => {
    const user = await underTest().user('formats')
    await user.createCertificate('web', certificateSpec('web', { additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }] }))
    await user.untilReady('web')
    const secret = await user.secret('web')
    expect(textIn(secret, 'tls-combined.pem')).toBe(`${textIn(secret, 'tls.key')}\n${textIn(secret, 'tls.crt')}`)
    expect(
      await openssl(['ec', '-inform', 'DER', '-in', '@key.der', '-noout', '-check'], { 'key.der': bytesIn(secret, 'key.der') }),
    ).toMatch(/valid/)

    await user.edit(certificates, 'web', { spec: { additionalOutputFormats: [{ type: 'DER' }] } })
    const without = await user.until(secrets, 'web', ({ data }) => data?.['tls-combined.pem'] === undefined)
    expect(without.data).toHaveProperty(['key.der'])
    expect(leafIn(without).serialNumber).toBe(leafIn(secret).serialNumber)
  })

  test('it has a Java keystore and a PKCS #12 keystore with the passwords that are asked for', async () => {
    const user = await underTest().user('keystores')
    await user.create(secrets, 'password', { data: { jks: base64('jks-secret') } })
    await user.createCertificate(
      'web',
      certificateSpec('web', {
        keystores: {
          jks: { create: true, passwordSecretRef: { name: 'password', key: 'jks' }, alias: 'web' },
          pkcs12: { create: true, password: 'p12-secret', profile: 'Modern2023' },
        },
      }),
    )
    await user.untilReady('web')

    const secret = await user.secret('web')
    expect(await keytoolList(bytesIn(secret, 'keystore.jks'), 'jks-secret')).toMatch(/web, .*PrivateKeyEntry/)
    expect(await keytoolList(bytesIn(secret, 'truststore.jks'), 'jks-secret')).toMatch(/trustedCertEntry/)
    const opened = await openssl(['pkcs12', '-in', '@keystore.p12', '-passin', 'pass:p12-secret', '-nodes'], {
      'keystore.p12': bytesIn(secret, 'keystore.p12'),
    })
    expect(opened).toContain('BEGIN PRIVATE KEY')
    expect(opened).toContain(textIn(secret, 'tls.crt').trim())
    const trusted = await openssl(['pkcs12', '-in', '@truststore.p12', '-passin', 'pass:p12-secret', '-nokeys'], {
      'truststore.p12': bytesIn(secret, 'truststore.p12'),
    })
    expect(trusted).toContain(textIn(secret, 'ca.crt').trim())
  })

  test('it follows its template, there and back again, with the same certificate', async () => {
    const user = await underTest().user('template')
    await user.createCertificate(
      'web',
      certificateSpec('web', { secretTemplate: { labels: { team: 'web' }, annotations: { 'example.com/a': '1' } } }),
    )
    await user.untilReady('web')
    const first = await user.secret('web')
    expect(first.metadata.labels).toMatchObject({ team: 'web' })
    expect(first.metadata.annotations).toMatchObject({ 'example.com/a': '1' })

    await user.edit(certificates, 'web', {
      spec: { secretTemplate: { labels: { team: 'shop' }, annotations: { 'example.com/a': null, 'example.com/b': '2' } } },
    })
    const changed = await user.until(secrets, 'web', ({ metadata }) => metadata.labels?.['team'] === 'shop')
    expect(changed.metadata.annotations).toMatchObject({ 'example.com/b': '2' })
    expect(changed.metadata.annotations).not.toHaveProperty(['example.com/a'])

    await user.edit(certificates, 'web', { spec: { secretTemplate: null } })
    const removed = await user.until(secrets, 'web', ({ metadata }) => metadata.labels?.['team'] === undefined)
    expect(removed.metadata.labels).toEqual({ 'controller.cert-manager.io/fao': 'true' })
    expect(removed.metadata.annotations).not.toHaveProperty(['example.com/b'])
    expect(leafIn(removed).serialNumber).toBe(leafIn(first).serialNumber)
    expect((await user.untilReady('web')).status?.revision).toBe(1)
  })

  test('a label and an annotation of ours that somebody takes away come back', async () => {
    const user = await underTest().user('repair')
    await user.createCertificate('web', certificateSpec('web', { secretTemplate: { labels: { team: 'web' } } }))
    await user.untilReady('web')
    const before = await user.secret('web')

    const labels = { team: null, 'controller.cert-manager.io/fao': null }
    await user.edit(secrets, 'web', { metadata: { labels, annotations: { 'cert-manager.io/alt-names': 'forged.example.com' } } })
    const repaired = await user.until(secrets, 'web', ({ metadata }) => metadata.labels?.['team'] === 'web')
    expect(repaired.metadata.labels).toEqual(before.metadata.labels)
    expect(repaired.metadata.annotations).toEqual(before.metadata.annotations)
    expect(leafIn(repaired).serialNumber).toBe(leafIn(before).serialNumber)
  })
})

describe('the status of a Certificate that was issued', () => {
  test('it says Ready for its generation, revision 1, and when it is renewed: after two thirds of its lifetime', async () => {
    const user = await underTest().user('status')
    await user.createCertificate('web', certificateSpec('web', { duration: '3h' }))
    const { metadata, status } = await user.untilReady('web')

    expect(status?.conditions).toHaveLength(1)
    expect(conditionOf(status, 'Ready')).toMatchObject({
      status: 'True',
      reason: 'Ready',
      message: 'Certificate is up to date and has not expired',
      observedGeneration: metadata.generation,
    })
    expect(status?.revision).toBe(1)
    expect(status).not.toHaveProperty('nextPrivateKeySecretName')
    expect(status).not.toHaveProperty('lastFailureTime')
    const leaf = leafIn(await user.secret('web'))
    expect(at(status?.notBefore)).toBe(Date.parse(leaf.validFrom))
    expect(at(status?.notAfter)).toBe(Date.parse(leaf.validTo))
    expect(at(status?.notAfter) - at(status?.notBefore)).toBe(3 * 3_600 * SECOND)
    expect(at(status?.renewalTime) - at(status?.notBefore)).toBe(2 * 3_600 * SECOND)
  })

  test.each<[title: string, more: Partial<CertificateSpec>, secondsBeforeExpiry: number]>([
    ['renewBefore', { duration: '10h', renewBefore: '1h30m' }, 5_400],
    ['renewBeforePercentage', { duration: '10h', renewBeforePercentage: 25 }, 9_000],
  ])('its renewal time follows %s', async (title, more, secondsBeforeExpiry) => {
    const user = await underTest().user(title)
    await user.createCertificate('web', certificateSpec('web', more))
    const { status } = await user.untilReady('web')
    expect(at(status?.notAfter) - at(status?.renewalTime)).toBe(secondsBeforeExpiry * SECOND)
  })

  test('its renewal time follows an edit of renewBefore without a new certificate, and renewal can be switched off', async () => {
    const user = await underTest().user('renewal-edit')
    await user.createCertificate('web', certificateSpec('web', { duration: '10h' }))
    const { status: before } = await user.untilReady('web')
    await user.edit(certificates, 'web', { spec: { renewBefore: '1h' } })
    const { status: edited } = await user.until(certificates, 'web', ({ status }) => status?.renewalTime !== before?.renewalTime)
    expect(at(edited?.notAfter) - at(edited?.renewalTime)).toBe(3_600 * SECOND)
    await user.edit(certificates, 'web', { spec: { renewBefore: null, renewal: { policy: 'Disabled' } } })
    const { status: disabled } = await user.until(certificates, 'web', ({ status }) => status?.renewalTime === undefined)
    expect(disabled?.revision).toBe(1)
  })

  test('the Secret with the next private key is gone', async () => {
    const user = await underTest().user('next-key')
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    await user.untilEvent('web', 'Generated')
    await waitFor('there is only the Secret of the Certificate', async () => {
      const names = (await user.list(secrets)).map(({ metadata }) => metadata.name)
      return names.join() === 'web' ? true : undefined
    })
  })

  test('its CertificateRequest is called after the revision, belongs to it, and is approved and issued', async () => {
    const user = await underTest().user('request')
    const created = await user.createCertificate(
      'web',
      certificateSpec('web', { duration: '5h', usages: ['server auth', 'client auth'] }),
      { 'example.com/copied': 'yes', 'kubectl.kubernetes.io/not-copied': 'no' },
    )
    await user.untilReady('web')

    const { metadata, spec, status } = await user.request('web-1')
    expect(metadata.annotations).toEqual({
      'cert-manager.io/certificate-name': 'web',
      'cert-manager.io/certificate-revision': '1',
      'cert-manager.io/private-key-secret-name': expect.stringMatching(/^web-[a-z0-9]{5}$/),
      'example.com/copied': 'yes',
    })
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        name: 'web',
        uid: created.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
    expect(spec).toMatchObject({ issuerRef: clusterCa, duration: '5h', usages: ['server auth', 'client auth'] })
    expect(conditionOf(status, 'Approved')).toMatchObject({
      status: 'True',
      reason: 'cert-manager.io',
      message: 'Certificate request has been approved by cert-manager.io',
    })
    expect(conditionOf(status, 'Ready')).toMatchObject({ status: 'True', reason: 'Issued' })
    const secret = await user.secret('web')
    expect(status?.certificate).toBe(secret.data?.['tls.crt'])
    expect(status?.ca).toBe(secret.data?.['ca.crt'])
  })

  test('its Events tell the story, and so do those of its CertificateRequest', async () => {
    const user = await underTest().user('events')
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    for (const reason of ['Issuing', 'Generated', 'Requested']) {
      const event = await user.untilEvent('web', reason)
      expect(event).toMatchObject({
        type: 'Normal',
        involvedObject: { kind: 'Certificate' },
        source: { component: 'cert-manager-certificates' },
      })
      expect(event.message).not.toBe('')
    }
    for (const reason of ['cert-manager.io', 'CertificateIssued']) expect((await user.untilEvent('web-1', reason)).type).toBe('Normal')
  })

  test('the metrics show it as Ready with its expiry', async () => {
    const user = await underTest().user('metrics')
    await user.createCertificate('web', certificateSpec('web'))
    const { status } = await user.untilReady('web')
    const labels = 'name="web",namespace="metrics",issuer_name="ca",issuer_kind="ClusterIssuer",issuer_group=""'
    // The cluster may show a status sooner than its writer has the answer.
    const page = await waitFor('the series of the Certificate', async () => {
      const text = await underTest().operator().metrics()
      return text.includes(`certmanager_certificate_ready_status{${labels},condition="True"} 1\n`) ? text : undefined
    })
    expect(page).toContain(`certmanager_certificate_expiration_timestamp_seconds{${labels}} ${at(status?.notAfter) / SECOND}\n`)
  })

  test('kubectl shows it as its printer columns say', async () => {
    const user = await underTest().user('columns')
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    const { stdout } = await underTest().testbed.kubectl(['-n', 'columns', 'get', 'certificate,certificaterequest', '--no-headers'])
    expect(stdout).toMatch(/certificate\.cert-manager\.io\/web\s+True\s+web\s/)
    expect(stdout).toMatch(/certificaterequest\.cert-manager\.io\/web-1\s+True\s+True\s+ca\s/)
  })

  test('when it is deleted its Secret stays', async () => {
    const user = await underTest().user('deleted')
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    const { metadata } = await user.secret('web')
    await user.remove(certificates, 'web')
    await user.createCertificate('later', certificateSpec('later'))
    await user.untilReady('later')
    expect((await user.secret('web')).metadata).toMatchObject({ uid: metadata.uid, resourceVersion: metadata.resourceVersion })
  })
})

test('a Certificate with the longest name that there can be is issued, and has its Events', async () => {
  const user = await underTest().user('longest')
  const name = `${'a'.repeat(123)}.${'b'.repeat(122)}.${'c'.repeat(6)}`
  expect(name).toHaveLength(253)
  await user.createCertificate(name, { ...certificateSpec('web'), dnsNames: ['web.example.com'] })
  await user.untilReady(name)
  await user.untilEvent(name, 'Requested')
})

leavesNothingBehind(underTest)
