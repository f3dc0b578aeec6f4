import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { CertificateSpec } from '../../src/crds/certificate.ts'
import { certificateRequests, certificates } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { isDone } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { triggerIssuance } from './trigger-issuance.ts'
import { base64, keyIn, leafIn } from './stored.ts'

const underTest = operatorUnderTest({ name: 'certificate-reissue' })

const name = 'web'

/** A user with the Ready Certificate `web`. */
async function userWithCertificate(namespace: string, more: Partial<CertificateSpec> = {}): Promise<ClusterUser> {
  const user = await underTest().user(namespace)
  await user.createCertificate(name, certificateSpec(name, more))
  await user.untilReady(name)
  return user
}

/** As cmctl and dashboards ask for a renewal. */
function triggerBy(user: ClusterUser): Promise<void> {
  return triggerIssuance(underTest().testbed, user.namespace, name)
}

describe('a new certificate is issued', () => {
  test('when the Secret is deleted, with a new key', async () => {
    const user = await userWithCertificate('secret-deleted')
    const before = await user.secret(name)
    await user.remove(secrets, name)
    await user.untilReady(name, 2)
    const after = await user.secret(name)
    expect(leafIn(after).serialNumber).not.toBe(leafIn(before).serialNumber)
    expect(keyIn(after).equals(keyIn(before))).toBe(false)
    expect((await user.request('web-2')).metadata.annotations).toMatchObject({ 'cert-manager.io/certificate-revision': '2' })
  })

  test('when the certificate in the Secret is overwritten with garbage', async () => {
    const user = await userWithCertificate('garbage-certificate')
    await user.edit(secrets, name, { data: { 'tls.crt': base64('garbage') } })
    await user.untilReady(name, 2)
    expect(leafIn(await user.secret(name)).subjectAltName).toBe('DNS:web.example.com')
  })

  test('when the key in the Secret is overwritten with garbage', async () => {
    const user = await userWithCertificate('garbage-key', { privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Never' } })
    await user.edit(secrets, name, { data: { 'tls.key': base64('garbage') } })
    await user.untilReady(name, 2)
    const secret = await user.secret(name)
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  })

  test('when the Secret holds the key of another certificate', async () => {
    const user = await userWithCertificate('other-key')
    await user.createCertificate('other', certificateSpec('other'))
    await user.untilReady('other')
    await user.edit(secrets, name, { data: { 'tls.key': (await user.secret('other')).data?.['tls.key'] } })
    await user.untilReady(name, 2)
    const secret = await user.secret(name)
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  })

  test('when tls.key is taken out of the Secret', async () => {
    const user = await userWithCertificate('no-key')
    await user.edit(secrets, name, { data: { 'tls.key': '' } })
    await user.untilReady(name, 2)
    const secret = await user.secret(name)
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  })

  test('when its names change, for the new names', async () => {
    const user = await userWithCertificate('names')
    await user.edit(certificates, name, { spec: { dnsNames: ['web.example.com', 'www.example.com'] } })
    await user.untilReady(name, 2)
    const secret = await user.secret(name)
    expect(leafIn(secret).subjectAltName).toBe('DNS:web.example.com, DNS:www.example.com')
    expect(secret.metadata.annotations).toMatchObject({ 'cert-manager.io/alt-names': 'web.example.com,www.example.com' })
  })

  test('when another issuer is named, by that issuer', async () => {
    const user = await userWithCertificate('issuer')
    await user.edit(certificates, name, { spec: { commonName: name, issuerRef: { name: 'self-signed' } } })
    await user.untilReady(name, 2)
    const secret = await user.secret(name)
    expect(leafIn(secret).issuer).toBe('CN=web')
    expect(secret.metadata.annotations).toMatchObject({ 'cert-manager.io/issuer-name': 'self-signed' })
  })

  test('when the key is to be of another kind', async () => {
    const user = await userWithCertificate('key-kind')
    await user.edit(certificates, name, { spec: { privateKey: { size: 384 } } })
    await user.untilReady(name, 2)
    expect(keyIn(await user.secret(name)).asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' })
  })

  test.each<[policy: 'Always' | 'Never', outcome: string, isSameKey: boolean]>([
    ['Always', 'a new key', false],
    ['Never', 'the same key', true],
  ])('when somebody else sets Issuing in the status; rotationPolicy %s gives it %s', async (rotationPolicy, _outcome, isSameKey) => {
    const user = await userWithCertificate(`triggered-${rotationPolicy.toLowerCase()}`, {
      privateKey: { algorithm: 'ECDSA', rotationPolicy },
    })
    const before = await user.secret(name)
    await triggerBy(user)
    await user.untilReady(name, 2)
    const after = await user.secret(name)
    expect(leafIn(after).serialNumber).not.toBe(leafIn(before).serialNumber)
    expect(keyIn(after).equals(keyIn(before))).toBe(isSameKey)
    await user.untilEvent(name, isSameKey ? 'Reused' : 'Generated')
  })
})

describe('no new certificate is issued', () => {
  test('for an edit of what no certificate says: history limit, key encoding, template', async () => {
    const user = await userWithCertificate('harmless-edit')
    const before = leafIn(await user.secret(name)).serialNumber
    await user.edit(certificates, name, {
      spec: { revisionHistoryLimit: 3, privateKey: { encoding: 'PKCS8' }, secretTemplate: { labels: { seen: 'yes' } } },
    })
    await user.until(secrets, name, ({ metadata }) => metadata.labels?.['seen'] === 'yes')
    expect((await user.untilReady(name)).status?.revision).toBe(1)
    expect(leafIn(await user.secret(name)).serialNumber).toBe(before)
  })
})

describe('what a user writes oddly is issued once, not again and again:', () => {
  test.each<[title: string, more: Partial<CertificateSpec>, subjectAltName?: RegExp]>([
    ['a DNS name twice', { dnsNames: ['a.example.com', 'a.example.com'] }],
    ['a DNS name in capitals', { dnsNames: ['WEB.Example.com'] }, /DNS:WEB\.Example\.com/],
    ['IP addresses in other forms', { ipAddresses: ['2001:DB8:0:0::1', '2001:db8::1', '10.0.0.1'] }, /IP Address:2001:DB8:0:0:0:0:0:1/],
    ['an IPv4 address as IPv6', { ipAddresses: ['::ffff:10.0.0.1'] }, /10\.0\.0\.1/],
    ['a URI with an escape', { uris: ['spiffe://example.com/a%20b', 'HTTPS://Example.com/?q=1'] }, /URI:spiffe/],
    ['an email address with capitals', { emailAddresses: ['User@Example.com'] }, /email:User@Example.com/],
    ['an organization twice', { subject: { organizations: ['Example', 'Example', 'Other'] } }],
    ['an empty organization', { subject: { organizations: [''] } }],
    ['a common name with blanks', { commonName: ' web  server ' }],
    ['a usage twice', { usages: ['server auth', 'server auth', 'digital signature'] }],
    ['every sort of usage', { usages: ['any', 'cert sign', 'microsoft sgc', 'ocsp signing', 's/mime', 'email protection'] }],
    ['usages that are not in the CSR', { usages: ['client auth'], encodeUsagesInRequest: false }],
    ['a literal subject with two values in one part', { literalSubject: 'CN=web,OU=b+OU=a,O=Example\\, Inc.' }],
    ['a duration in seconds', { duration: '5400s' }],
    ['a duration with a fraction', { duration: '1.5h' }],
    ['another name', { otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'user@example.com' }] }, /othername/],
    [
      'a CA with name constraints',
      {
        isCA: true,
        commonName: 'CA',
        nameConstraints: { critical: true, permitted: { dnsDomains: ['example.com'], ipRanges: ['10.0.0.0/8'] } },
      },
    ],
    ['the defaults of the issuer in full', { issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' } }],
    ['a negative size of the key', { privateKey: { algorithm: 'ECDSA', size: -1 } }],
    ['a signature algorithm', { signatureAlgorithm: 'ECDSAWithSHA512' }],
    ['the size of an Ed25519 key', { privateKey: { algorithm: 'Ed25519', size: 521 } }],
    ['a renewBefore of all but a moment', { duration: '1h', renewBefore: '59m59s' }],
  ])('%s', async (title, more, subjectAltName = /./) => {
    const user = await underTest().user(`odd ${title}`)
    const { metadata } = await user.createCertificate(name, certificateSpec(name, more))
    await user.until(certificates, name, isDone)
    const first = await user.secret(name)
    await user.createCertificate('later', certificateSpec('later'))
    await user.untilReady('later')
    const certificate = await user.get(certificates, name)
    expect(certificate.metadata.generation).toBe(metadata.generation)
    expect([isDone(certificate), certificate.status?.revision]).toEqual([true, 1])
    expect((await user.secret(name)).metadata.resourceVersion).toBe(first.metadata.resourceVersion)
    expect(leafIn(first).subjectAltName ?? '-').toMatch(subjectAltName)
  })
})

describe('a Certificate that is made again beside its Secret, as after a restore from a backup,', () => {
  test('is Ready with the certificate that is there', async () => {
    const user = await userWithCertificate('restored')
    const before = await user.secret(name)
    await user.remove(certificates, name)
    await user.createCertificate(name, certificateSpec(name))
    const { status } = await user.until(certificates, name, isDone)
    expect(status?.renewalTime).toBeDefined()
    expect((await user.secret(name)).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })
})

describe('the history of CertificateRequests', () => {
  test.each<[limit: number, left: readonly string[]]>([
    [1, ['web-4']],
    [3, ['web-2', 'web-3', 'web-4']],
  ])('with a limit of %i keeps as many of four', async (revisionHistoryLimit, left) => {
    const user = await userWithCertificate(`history-${revisionHistoryLimit}`, { revisionHistoryLimit })
    for (const revision of [2, 3, 4]) {
      await triggerBy(user)
      await user.untilReady(name, revision)
    }
    await expect
      .poll(async () => (await user.list(certificateRequests)).map(({ metadata }) => metadata.name).toSorted(), { timeout: 120_000 })
      .toEqual(left)
  })
})

describe('a Certificate that is in order', () => {
  test('is not written to again: not for unrelated changes, and not when the operator starts anew', async () => {
    const user = await userWithCertificate('quiet')
    const versions = async (): Promise<readonly unknown[]> =>
      Promise.all([user.get(certificates, name), user.request('web-1'), user.secret(name)]).then((all) =>
        all.map(({ metadata }) => metadata.resourceVersion),
      )
    const before = await versions()
    await user.createCertificate('other', certificateSpec('other'))
    await user.untilReady('other')
    await user.remove(certificates, 'other')

    await underTest().operator().stop()
    await underTest().start()
    await user.createCertificate('later', certificateSpec('later'))
    await user.untilReady('later')
    // Of an absence there is no sign to wait for.
    await sleep(1_500)
    expect(await versions()).toEqual(before)
  })
})

leavesNothingBehind(underTest)
