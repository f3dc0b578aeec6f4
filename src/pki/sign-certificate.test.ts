import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { beforeAll, describe, expect, test } from 'vitest'

import type { CertificateReading } from './certificate.ts'
import type { CertificateTemplate } from './certificate-template.ts'
import { subjectName } from './name.ts'
import {
  aCaTemplate,
  aTemplate,
  at,
  certificateOf,
  openssl,
  ourExtensions,
  peculiarExtensions,
  usages,
  withFiles,
} from './oracles.test-support.ts'
import { generatePrivateKey, publicKeyFingerprint } from './private-key.ts'
import type { PrivateKeySpec } from './private-key.ts'
import { signCertificate } from './sign-certificate.ts'

let leafKey: KeyObject
let caKey: KeyObject
let caPem: string
let ca: CertificateReading

beforeAll(async () => {
  leafKey = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
  caKey = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
  caPem = await signCertificate(aCaTemplate('Root', caKey), { key: caKey })
  ca = certificateOf(caPem)
})

function signed(changes: Partial<CertificateTemplate> = {}): Promise<string> {
  return signCertificate(aTemplate(leafKey, changes), { key: caKey, certificate: ca })
}

/** openssl's verdict on a leaf, at a time when the template is valid. */
function verify(leaf: string, root: string): string {
  return withFiles({ 'leaf.pem': leaf, 'root.pem': root }, (path) => {
    const { notBefore } = certificateOf(leaf)
    return (
      openssl(['verify', '-x509_strict', '-attime', String(notBefore / 1000 + 60), '-CAfile', path('root.pem'), path('leaf.pem')])
        .trim()
        .split(' ')
        .at(-1) ?? ''
    )
  })
}

function extensionLines(pem: string): readonly string[] {
  const text = openssl(
    [
      'x509',
      '-noout',
      '-text',
      '-certopt',
      'no_sigdump,no_header,no_version,no_serial,no_signame,no_validity,no_subject,no_issuer,no_pubkey',
    ],
    pem,
  )
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== 'X509v3 extensions:')
}

describe('a certificate', () => {
  test.each<[signer: PrivateKeySpec, signature: string]>([
    [{ algorithm: 'RSA', size: 2048 }, 'sha256WithRSAEncryption'],
    [{ algorithm: 'RSA', size: 3072 }, 'sha384WithRSAEncryption'],
    [{ algorithm: 'RSA', size: 4096 }, 'sha512WithRSAEncryption'],
    [{ algorithm: 'ECDSA', size: 256 }, 'ecdsa-with-SHA256'],
    [{ algorithm: 'ECDSA', size: 384 }, 'ecdsa-with-SHA384'],
    [{ algorithm: 'ECDSA', size: 521 }, 'ecdsa-with-SHA512'],
    [{ algorithm: 'Ed25519', size: 0 }, 'ED25519'],
  ])(
    'of a CA with a key %j is signed with %s and verifies',
    async (spec, signature) => {
      const key = await generatePrivateKey(spec)
      const root = await signCertificate(aCaTemplate('Root', key), { key })
      const leaf = await signCertificate(aTemplate(leafKey), { key, certificate: certificateOf(root) })
      expect(openssl(['x509', '-noout', '-text'], leaf)).toContain(`Signature Algorithm: ${signature}\n`)
      expect(verify(leaf, root)).toBe('OK')
      expect(peculiarExtensions(leaf)).toEqual(ourExtensions(certificateOf(leaf)))
      expect(certificateOf(leaf).publicKeyFingerprint).toBe(publicKeyFingerprint(leafKey))
    },
    60_000,
  )

  test('of a leaf has BasicConstraints, usages and the key identifier of its issuer', async () => {
    const issuerKeyId = Buffer.from(ca.subjectKeyId ?? [])
      .toString('hex')
      .toUpperCase()
      .replace(/(..)(?=.)/g, '$1:')
    expect(issuerKeyId).toMatch(/^(..:){19}..$/)
    expect(extensionLines(await signed({ usages: usages(['digital signature', 'server auth']) }))).toEqual([
      'X509v3 Key Usage: critical',
      'Digital Signature',
      'X509v3 Extended Key Usage:',
      'TLS Web Server Authentication',
      'X509v3 Basic Constraints: critical',
      'CA:FALSE',
      'X509v3 Authority Key Identifier:',
      issuerKeyId,
    ])
  })

  test('of a CA has a key identifier of its own: the left half of a SHA-256, RFC 7093', () => {
    const point = new X509Certificate(caPem).publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)
    const digest = openssl(['dgst', '-sha256', '-r'], point).slice(0, 40)
    expect(Buffer.from(ca.subjectKeyId ?? []).toString('hex')).toBe(digest)
    expect(ca.authorityKeyId).toBeUndefined()
    expect(extensionLines(caPem).slice(0, 4)).toEqual([
      'X509v3 Key Usage: critical',
      'Certificate Sign, CRL Sign',
      'X509v3 Basic Constraints: critical',
      'CA:TRUE',
    ])
  })

  test('says where its revocation and its issuer are', async () => {
    const pem = await signed({
      crlDistributionPoints: ['http://c/1', 'http://c/2'],
      ocspServers: ['http://o'],
      issuingCertificateURLs: ['http://i'],
    })
    expect(extensionLines(pem).filter((line) => line.includes('://'))).toEqual([
      'OCSP - URI:http://o',
      'CA Issuers - URI:http://i',
      'URI:http://c/1',
      'URI:http://c/2',
    ])
    expect(new X509Certificate(pem).infoAccess).toBe('OCSP - URI:http://o\nCA Issuers - URI:http://i')
    expect(peculiarExtensions(pem)).toEqual(ourExtensions(certificateOf(pem)))
    expect(verify(pem, caPem)).toBe('OK')
  })

  test.each<[what: string, changes: Partial<CertificateTemplate>, line: string]>([
    ['critical, for the subject is empty', { subject: [] }, 'X509v3 Subject Alternative Name: critical'],
    ['not critical beside a subject', {}, 'X509v3 Subject Alternative Name:'],
  ])('has a SAN extension that is %s', async (_what, changes, line) => {
    const pem = await signed({ sans: { dnsNames: ['a.example'], ipAddresses: ['10.0.0.1'] }, ...changes })
    expect(extensionLines(pem).slice(-2)).toEqual([line, 'DNS:a.example, IP Address:10.0.0.1'])
    expect(verify(pem, caPem)).toBe('OK')
  })

  test('copies the SAN extension of a CSR byte for byte, but for its criticality', async () => {
    const value = Buffer.from('300d820161a40830063104300206000', 'hex')
    const pem = await signed({ sans: { oid: '2.5.29.17', critical: true, value } })
    expect(Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64').includes(value)).toBe(true)
  })

  test('constrains names', async () => {
    const pem = await signCertificate(
      {
        ...aCaTemplate('Sub', leafKey),
        nameConstraints: { critical: true, permitted: { dnsDomains: ['a.example'] }, excluded: { ipRanges: ['0.0.0.0/0'] } },
      },
      { key: caKey, certificate: ca },
    )
    expect(extensionLines(pem).slice(-5)).toEqual([
      'X509v3 Name Constraints: critical',
      'Permitted:',
      'DNS:a.example',
      'Excluded:',
      'IP:0.0.0.0/0.0.0.0',
    ])
    expect(verify(pem, caPem)).toBe('OK')
  })

  test.each<[what: string, notAfter: string, shown: string, tagByte: number]>([
    ['2049 as UTCTime', '2049-12-31T23:59:59Z', 'Dec 31 23:59:59 2049 GMT', 0x17],
    ['2050 as GeneralizedTime', '2050-01-01T00:00:00Z', 'Jan  1 00:00:00 2050 GMT', 0x18],
    ['the end of the year 9999', '9999-12-31T23:59:59Z', 'Dec 31 23:59:59 9999 GMT', 0x18],
    ['fractions of a second rounded down', '2049-12-31T23:59:59.999Z', 'Dec 31 23:59:59 2049 GMT', 0x17],
  ])('writes %s', async (_what, notAfter, shown, tagByte) => {
    const pem = await signed({ notAfter: at(notAfter) })
    expect(openssl(['x509', '-noout', '-enddate'], pem)).toBe(`notAfter=${shown}\n`)
    const reading = certificateOf(pem)
    expect(reading.notAfter).toBe(at(notAfter.replace('.999', '')))
    const year = Buffer.from(reading.der).indexOf(notAfter.slice(tagByte === 0x17 ? 2 : 0, 4) + notAfter.slice(5, 7))
    expect(reading.der[year - 2]).toBe(tagByte)
  })

  test('has a positive random serial number of 128 bits', async () => {
    const serials = await Promise.all(Array.from({ length: 20 }, async () => certificateOf(await signed()).serialNumber))
    expect(new Set(serials).size).toBe(20)
    expect(serials.filter((serial) => !/^[4-7][0-9a-f]{31}$/.test(serial))).toEqual([])
  })

  test('has the serial number it is given', async () => {
    const pem = await signed({ serialNumber: Uint8Array.of(0x80, 1) })
    expect(openssl(['x509', '-noout', '-serial'], pem)).toBe('serial=8001\n')
  })

  test('of a signer without SubjectKeyIdentifier has no AuthorityKeyIdentifier', async () => {
    const pem = await signCertificate(aTemplate(leafKey), { key: caKey, certificate: { ...ca, subjectKeyId: undefined } })
    expect(certificateOf(pem).authorityKeyId).toBeUndefined()
  })

  test('that signs itself may be a leaf', async () => {
    const pem = await signCertificate(aTemplate(leafKey, { subject: subjectName({ commonName: 'web', organizations: ['Ä'] }) }), {
      key: leafKey,
    })
    expect(openssl(['x509', '-noout', '-subject', '-issuer', '-nameopt', 'RFC2253,utf8,-esc_msb'], pem)).toBe(
      'subject=CN=web,O=Ä\nissuer=CN=web,O=Ä\n',
    )
    const node = new X509Certificate(pem)
    expect(node.verify(node.publicKey)).toBe(true)
  })

  test.each<[what: string, code: string, sign: () => Promise<string>]>([
    [
      "with a key that is not the CA certificate's",
      'pki/keyMismatch',
      () => signCertificate(aTemplate(leafKey), { key: leafKey, certificate: ca }),
    ],
    ['for itself with a key that is not its own', 'pki/keyMismatch', () => signCertificate(aTemplate(leafKey), { key: caKey })],
  ])('is not signed %s', async (_what, code, sign) => {
    await expect(sign()).rejects.toMatchObject({ code, retry: { kind: 'never' } })
  })

  test('is not signed with RSA of 1024 bits', async () => {
    const weak = createPrivateKey(openssl(['genrsa', '1024']))
    await expect(signCertificate(aCaTemplate('Weak', weak), { key: weak })).rejects.toMatchObject({ code: 'pki/unsupportedKey' })
  })
})
