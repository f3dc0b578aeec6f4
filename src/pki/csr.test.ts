import type { KeyObject } from 'node:crypto'

import { beforeAll, describe, expect, test } from 'vitest'

import { createCsr, csrTemplateProblem, readCsr } from './csr.ts'
import type { CsrTemplate } from './csr.ts'
import { bitString, element, sequence, smallInteger } from './der/der-writer.ts'
import { parseDistinguishedName } from './distinguished-name.ts'
import { encodeExtensions } from './extensions.ts'
import { encodeName, subjectName } from './name.ts'
import { csrOf, openssl, ourExtensions, peculiarExtensions, usages, withFiles } from './oracles.test-support.ts'
import { encodePem } from './pem.ts'
import { generatePrivateKey, publicKeyFingerprint } from './private-key.ts'
import type { PrivateKeySpec } from './private-key.ts'
import { noSans } from './sans.ts'
import { algorithmIdentifier, signBytes } from './signature.ts'
import { spkiOf } from './subject-public-key.ts'

const named = { subject: subjectName({ commonName: 'web.example' }), sans: {} } satisfies CsrTemplate

let ec: KeyObject
beforeAll(async () => {
  ec = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
})

/** openssl's words for the CSR, after it has checked the signature. */
function opensslText(pem: string): string {
  return openssl(['req', '-verify', '-noout', '-text'], pem)
}

function whyUnreadable(pem: string | Uint8Array): string | undefined {
  const reading = readCsr(pem)
  return reading.kind === 'unreadable' ? reading.why : undefined
}

describe('a CSR', () => {
  test.each<[spec: PrivateKeySpec, signature: string]>([
    [{ algorithm: 'RSA', size: 2048 }, 'sha256WithRSAEncryption'],
    [{ algorithm: 'RSA', size: 3072 }, 'sha384WithRSAEncryption'],
    [{ algorithm: 'ECDSA', size: 256 }, 'ecdsa-with-SHA256'],
    [{ algorithm: 'ECDSA', size: 384 }, 'ecdsa-with-SHA384'],
    [{ algorithm: 'ECDSA', size: 521 }, 'ecdsa-with-SHA512'],
    [{ algorithm: 'Ed25519', size: 0 }, 'ED25519'],
  ])(
    'of a key %j is signed with %s',
    async (spec, signature) => {
      const key = await generatePrivateKey(spec)
      const pem = await createCsr(named, key)
      expect(opensslText(pem)).toContain(`Signature Algorithm: ${signature}\n`)
      expect(csrOf(pem).publicKeyFingerprint).toBe(publicKeyFingerprint(key))
    },
    30_000,
  )

  test.each<[what: string, template: Partial<CsrTemplate>, lines: readonly string[]]>([
    ['no extension', {}, []],
    [
      'DNS names',
      { sans: { dnsNames: ['a.example', '*.b.example'] } },
      ['X509v3 Subject Alternative Name:', 'DNS:a.example, DNS:*.b.example'],
    ],
    [
      'IP addresses',
      { sans: { ipAddresses: ['10.0.0.1', '2001:db8::1', '::ffff:10.0.0.2'] } },
      ['X509v3 Subject Alternative Name:', 'IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, IP Address:10.0.0.2'],
    ],
    [
      'URIs',
      { sans: { uris: ['spiffe://cluster.local/ns/a/sa/b'] } },
      ['X509v3 Subject Alternative Name:', 'URI:spiffe://cluster.local/ns/a/sa/b'],
    ],
    ['email addresses', { sans: { emailAddresses: ['a@b.example'] } }, ['X509v3 Subject Alternative Name:', 'email:a@b.example']],
    [
      'otherNames',
      { sans: { otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'ü@b' }] } },
      ['X509v3 Subject Alternative Name:', 'othername: UPN::ü@b'],
    ],
    [
      'all kinds of names, in the order of Go',
      {
        sans: {
          uris: ['a:b'],
          otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'u' }],
          ipAddresses: ['10.0.0.1'],
          emailAddresses: ['a@b'],
          dnsNames: ['c'],
        },
      },
      ['X509v3 Subject Alternative Name:', 'DNS:c, email:a@b, IP Address:10.0.0.1, URI:a:b, othername: UPN::u'],
    ],
    [
      'no subject: the SAN is critical',
      { subject: [], sans: { dnsNames: ['a.example'] } },
      ['X509v3 Subject Alternative Name: critical', 'DNS:a.example'],
    ],
    [
      'key usages',
      { usages: usages(['digital signature', 'key encipherment']) },
      ['X509v3 Key Usage: critical', 'Digital Signature, Key Encipherment'],
    ],
    [
      'extended usages only',
      { usages: usages(['server auth', 'client auth']) },
      ['X509v3 Extended Key Usage:', 'TLS Web Server Authentication, TLS Web Client Authentication'],
    ],
    [
      'a usage of the ninth bit',
      { usages: usages(['decipher only', 'any']) },
      ['X509v3 Key Usage: critical', 'Decipher Only', 'X509v3 Extended Key Usage:', 'Any Extended Key Usage'],
    ],
    [
      'isCA',
      { isCA: true, usages: usages([], true) },
      [
        'X509v3 Key Usage: critical',
        'Digital Signature, Key Encipherment, Certificate Sign',
        'X509v3 Basic Constraints: critical',
        'CA:TRUE',
      ],
    ],
    ['isCA: false', { isCA: false }, ['X509v3 Basic Constraints: critical', 'CA:FALSE']],
    [
      'name constraints',
      {
        nameConstraints: {
          critical: true,
          permitted: { dnsDomains: ['a.example'], ipRanges: ['10.0.0.0/8'] },
          excluded: { emailAddresses: ['.b'], uriDomains: ['c'], ipRanges: ['2001:db8::/32'] },
        },
      },
      [
        'X509v3 Name Constraints: critical',
        'Permitted:',
        'DNS:a.example',
        'IP:10.0.0.0/255.0.0.0',
        'Excluded:',
        'IP:2001:DB8:0:0:0:0:0:0/FFFF:FFFF:0:0:0:0:0:0',
        'email:.b',
        'URI:c',
      ],
    ],
  ])('with %s says so to openssl and to @peculiar/x509', async (_what, changes, lines) => {
    const pem = await createCsr({ ...named, ...changes }, ec)
    const text = opensslText(pem)
    const extensions = /Requested Extensions:\n([^]*?)\n {4}Signature Algorithm/.exec(text)?.[1] ?? ''
    expect(
      extensions
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.trim()),
    ).toEqual(lines)
    expect(peculiarExtensions(pem)).toEqual(ourExtensions(csrOf(pem)))
  })

  test('reads back what its template says', async () => {
    const template: CsrTemplate = {
      subject: subjectName({ commonName: 'ca', organizations: ['A', 'B'] }),
      sans: { ...noSans, dnsNames: ['a'], ipAddresses: ['::1'], otherNames: [{ oid: '1.2.3', utf8Value: 'é' }] },
      usages: usages(['cert sign', 'ocsp signing'], true),
      isCA: true,
      nameConstraints: {
        critical: false,
        permitted: { dnsDomains: ['a'], ipRanges: ['10.0.0.0/8'], emailAddresses: [], uriDomains: [] },
        excluded: undefined,
      },
    }
    const { subject, sans, usages: wanted, isCA, nameConstraints } = csrOf(await createCsr(template, ec))
    expect({ subject, sans, usages: wanted, isCA, nameConstraints }).toEqual(template)
  })

  test('has the subject of a literal RFC 4514 string', async () => {
    const reading = parseDistinguishedName('UID=7+CN=web,OU=ops,O=Acme GmbH & Co,DC=example,DC=net')
    const subject = reading.kind === 'ok' ? reading.name : []
    const pem = await createCsr({ subject, sans: {} }, ec)
    expect(openssl(['req', '-noout', '-subject', '-nameopt', 'RFC2253'], pem)).toBe(
      'subject=UID=7+CN=web,OU=ops,O=Acme GmbH & Co,DC=example,DC=net\n',
    )
  })

  test('may ask for more names than an argument list holds', async () => {
    const dnsNames = Array.from({ length: 200_000 }, (_, n) => `h${n}`)
    const pem = await createCsr({ subject: [], sans: { dnsNames } }, ec)
    const reading = readCsr(pem, { maxBytes: pem.length })
    expect(reading.kind === 'ok' ? reading.csr.sans.dnsNames.length : reading.why).toBe(200_000)
  })

  test('of RSA may ask for another digest', async () => {
    const rsa = await generatePrivateKey({ algorithm: 'RSA', size: 2048 })
    expect(opensslText(await createCsr({ ...named, signatureAlgorithm: 'SHA512WithRSA' }, rsa))).toContain(
      'Signature Algorithm: sha512WithRSAEncryption',
    )
  })

  test('is not made with an algorithm that its key cannot sign', async () => {
    await expect(createCsr({ ...named, signatureAlgorithm: 'SHA256WithRSA' }, ec)).rejects.toMatchObject({
      code: 'pki/unsupportedKey',
      retry: { kind: 'never' },
    })
  })

  test.each(['CN=,CN=web', 'CN=web,CN='])('can be made when one of two common names is empty: %s', (text) => {
    const subject = parseDistinguishedName(text)
    expect(subject.kind === 'ok' && csrTemplateProblem({ subject: subject.name, sans: {} })).toBeUndefined()
  })

  test.each<[what: string, template: CsrTemplate, problem: string]>([
    [
      'without any name',
      { subject: subjectName({ organizations: ['A'] }), sans: { dnsNames: [] } },
      'there is neither a common name nor a subject alternative name',
    ],
    [
      'with a DNS name in Unicode',
      { subject: [], sans: { dnsNames: ['bücher.example'] } },
      '"bücher.example" is not ASCII; write an internationalized name in its ASCII form',
    ],
    [
      'with a URI that Go cannot parse',
      { subject: [], sans: { uris: ['http://web example/'] } },
      '"http://web example/" is not a URI: its host has characters that no host name has',
    ],
    ['with an IP address that is none', { subject: [], sans: { ipAddresses: ['10.0.0'] } }, '"10.0.0" is not an IP address'],
    [
      'with an otherName of no OID',
      { subject: [], sans: { otherNames: [{ oid: 'upn', utf8Value: 'a' }] } },
      '"upn" is not an object identifier',
    ],
    [
      'with an otherName without value',
      { subject: [], sans: { otherNames: [{ oid: '1.2.3', utf8Value: '' }] } },
      'an otherName has no value',
    ],
    [
      'with an attribute of no OID',
      { subject: [[{ type: 'CN', value: 'a' }]], sans: { dnsNames: ['a'] } },
      'the subject attribute type "CN" is not an object identifier',
    ],
    [
      'with an IP range that is none',
      { ...named, nameConstraints: { permitted: { ipRanges: ['10.0.0.0'] } } },
      '"10.0.0.0" is not an IP range in CIDR notation',
    ],
    ['with a constraint in Unicode', { ...named, nameConstraints: { excluded: { dnsDomains: ['ü'] } } }, '"ü" is not ASCII'],
  ])('%s is refused, with the reason', async (_what, template, problem) => {
    expect(csrTemplateProblem(template)).toBe(problem)
    await expect(createCsr(template, ec)).rejects.toMatchObject({ code: 'pki/badTemplate', message: problem })
  })

  test('of a good template has no problem', () => {
    expect(csrTemplateProblem(named)).toBeUndefined()
  })
})

describe('reading a CSR', () => {
  test('of openssl yields what it asks for', () => {
    const config =
      '[req]\ndistinguished_name=d\n[d]\n[e]\nsubjectAltName=DNS:a.example,IP:10.0.0.1,dirName:d2,RID:1.2.3\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,1.2.3.4\n[d2]\nCN=x\n'
    const args = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-nodes', '-keyout', '/dev/null']
    const pem = withFiles({ config }, (path) => openssl([...args, '-subj', '/CN=web/O=Acme', '-reqexts', 'e', '-config', path('config')]))
    expect(csrOf(pem)).toMatchObject({
      subject: [[{ type: '2.5.4.3', value: 'web' }], [{ type: '2.5.4.10', value: 'Acme' }]],
      sans: { ...noSans, dnsNames: ['a.example'], ipAddresses: ['10.0.0.1'] },
      usages: { keyUsage: 1, extended: ['1.3.6.1.5.5.7.3.1', '1.2.3.4'] },
      isCA: undefined,
      nameConstraints: undefined,
    })
  })

  test.each<[what: string, pem: string, why: string]>([
    ['nothing', '', 'there is no PEM block'],
    ['a certificate', encodePem('CERTIFICATE', sequence()), 'the first block is CERTIFICATE, not a CSR'],
    ['no DER', encodePem('CERTIFICATE REQUEST', Uint8Array.of(0x30, 0x80)), 'the CSR is malformed: the CSR has a length that is not DER'],
    ['an empty sequence', encodePem('CERTIFICATE REQUEST', sequence()), 'the CSR is malformed: the CSR is cut off'],
  ])('of %s fails with a reason', (_what, pem, why) => {
    expect(whyUnreadable(pem)).toBe(why)
  })

  test('larger than 36,500 bytes fails with a reason', async () => {
    const pem = await createCsr({ subject: [], sans: { dnsNames: Array.from({ length: 2_000 }, (_, n) => `host-${n}.example.org`) } }, ec)
    expect(whyUnreadable(pem)).toBe(`the PEM has ${pem.length} bytes, more than the limit of 36500`)
    expect(readCsr(pem, { maxBytes: pem.length }).kind).toBe('ok')
  })

  test('fails when one bit of the signed part is another', async () => {
    const der = Buffer.from(csrOf(await createCsr(named, ec)).der)
    const at = der.indexOf('web.example')
    der[at] = 'x'.charCodeAt(0)
    expect(whyUnreadable(encodePem('CERTIFICATE REQUEST', der))).toBe('the signature of the CSR is not that of its key')
  })

  test('fails, and never throws, when any one byte is another', async () => {
    const der = Buffer.from(
      csrOf(await createCsr({ ...named, sans: { dnsNames: ['a.example'] }, isCA: false, usages: usages(['any']) }, ec)).der,
    )
    const accepted: number[] = []
    for (let at = 0; at < der.length; at += 1) {
      const broken = Buffer.from(der)
      broken[at] = (broken[at] ?? 0) ^ (1 << (at % 8))
      if (whyUnreadable(encodePem('CERTIFICATE REQUEST', broken)) === undefined) accepted.push(at)
    }
    expect(accepted).toEqual([])
  })

  test('fails for a key that nobody may use', async () => {
    const pem = openssl(['req', '-new', '-newkey', 'rsa:512', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=web'])
    expect(whyUnreadable(pem)).toBe('the public key of the CSR is not supported')
  })

  test.each<[what: string, attributes: readonly Uint8Array[], why: string | undefined]>([
    ['an attribute of another kind is skipped', [attribute('1.2.840.113549.1.9.7', element(0x0c, Buffer.from('challenge')))], undefined],
    ['extensions asked for twice', [requested(), requested()], 'it asks for extensions twice'],
    ['one extension twice', [requested('2.5.29.19', '2.5.29.19')], 'the extension 2.5.29.19 occurs twice'],
    ['an attribute without a value', [attribute('1.2.840.113549.1.9.14')], 'the extensions is missing'],
    [
      'an attribute with two values',
      [attribute('1.2.840.113549.1.9.14', sequence(), sequence())],
      'the requested extensions has trailing bytes',
    ],
  ])('with odd attributes: %s', async (_what, attributes, why) => {
    const tbs = sequence(smallInteger(0), encodeName(named.subject), spkiOf(ec), element(0xa0, ...attributes))
    const der = sequence(tbs, algorithmIdentifier('ECDSAWithSHA256'), bitString(await signBytes(tbs, ec, 'ECDSAWithSHA256')))
    expect(whyUnreadable(encodePem('CERTIFICATE REQUEST', der))).toBe(why === undefined ? why : `the CSR is malformed: ${why}`)
  })
})

function requested(...oids: readonly string[]): Uint8Array {
  return attribute('1.2.840.113549.1.9.14', encodeExtensions(oids.map((oid) => ({ oid, critical: true, value: sequence() }))))
}

function attribute(type: string, ...values: readonly Uint8Array[]): Uint8Array {
  const [content] = [encodeName([[{ type, value: '' }]])]
  // The type as it stands in a name: SEQUENCE, SET, SEQUENCE, then the OID.
  const oid = content.subarray(6, -2)
  return sequence(oid, element(0x31, ...values))
}
