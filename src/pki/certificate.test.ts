import { X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { beforeAll, describe, expect, test } from 'vitest'

import { readCertificate, readCertificates } from './certificate.ts'
import { element, sequence } from './der/der-writer.ts'
import { formatDistinguishedName } from './distinguished-name.ts'
import { encodeExtensions } from './extensions.ts'
import type { Extension } from './extensions.ts'
import { aCaTemplate, aTemplate, at, certificateOf, openssl, usages, withFiles } from './oracles.test-support.ts'
import { encodePem } from './pem.ts'
import { generatePrivateKey } from './private-key.ts'
import { noSans } from './sans.ts'
import { signCertificate } from './sign-certificate.ts'
import { usageNames } from './usages.ts'

let key: KeyObject
let pem: string
let der: Buffer

beforeAll(async () => {
  key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
  pem = await signCertificate(
    aTemplate(key, {
      sans: {
        dnsNames: ['a.example'],
        ipAddresses: ['10.0.0.1'],
        uris: ['a:b'],
        emailAddresses: ['a@b'],
        otherNames: [{ oid: '1.2.3', utf8Value: 'x' }],
      },
      usages: usages(['digital signature', 'server auth']),
      nameConstraints: { permitted: { dnsDomains: ['example'] } },
      crlDistributionPoints: ['http://c'],
    }),
    { key },
  )
  der = Buffer.from(certificateOf(pem).der)
})

function whyUnreadable(input: string | Uint8Array): string | undefined {
  const reading = readCertificate(input)
  return reading.kind === 'unreadable' ? reading.why : undefined
}

/** A certificate made by openssl: its arguments for `req -x509`, and the section of extensions. */
function opensslCertificate(args: readonly string[], extensions: string): string {
  const config = `[req]\ndistinguished_name=d\nx509_extensions=e\nutf8=yes\n[d]\n[e]\n${extensions}\n`
  return withFiles({ config }, (path) =>
    openssl([
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '/dev/null',
      '-config',
      path('config'),
      ...args,
    ]),
  )
}

describe('reading a certificate', () => {
  test('of openssl yields what it says', () => {
    const extensions = [
      'basicConstraints=critical,CA:TRUE,pathlen:3',
      'keyUsage=critical,keyCertSign,decipherOnly',
      'extendedKeyUsage=clientAuth,1.2.3.4',
      'subjectAltName=DNS:a.example,IP:2001:db8::1,URI:spiffe://a/b,email:a@b.example,otherName:1.2.3;UTF8:e-1,otherName:1.2.4;IA5:x,otherName:2.25.329800735698586629295641978511506172918;UTF8:x,RID:1.2.5',
      'subjectKeyIdentifier=hash',
      'authorityKeyIdentifier=keyid:always,issuer',
    ].join('\n')
    const text = opensslCertificate(['-subj', '/C=DE/O=Ünicode GmbH/CN=web', '-set_serial', '0x00ff01', '-days', '30'], extensions)
    const reading = certificateOf(text)
    const node = new X509Certificate(text)

    expect(formatDistinguishedName(reading.subject)).toBe('CN=web,O=Ünicode GmbH,C=DE')
    expect(reading.rawIssuer).toEqual(reading.rawSubject)
    expect(reading.serialNumber).toBe('ff01')
    expect([reading.notBefore, reading.notAfter]).toEqual([Date.parse(node.validFrom), Date.parse(node.validTo)])
    expect(reading.sans).toEqual({
      dnsNames: ['a.example'],
      ipAddresses: ['2001:db8::1'],
      uris: ['spiffe://a/b'],
      emailAddresses: ['a@b.example'],
      otherNames: [{ oid: '1.2.3', utf8Value: 'e-1' }],
    })
    expect(reading.isCA).toBe(true)
    expect(usageNames(reading.usages)).toEqual(['cert sign', 'decipher only', 'client auth'])
    expect(reading.extensions.map(({ oid, critical }) => `${oid} ${critical}`)).toEqual([
      '2.5.29.19 true',
      '2.5.29.15 true',
      '2.5.29.37 false',
      '2.5.29.17 false',
      '2.5.29.14 false',
      '2.5.29.35 false',
    ])
    expect(reading.authorityKeyId).toEqual(reading.subjectKeyId)
    expect(Buffer.from(reading.publicKey)).toEqual(node.publicKey.export({ format: 'der', type: 'spki' }))
  })

  test.each<[what: string, args: readonly string[], version: number]>([
    ['RSA', ['-newkey', 'rsa:2048'], 3],
    ['RSA-PSS', ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss'], 3],
    ['Ed25519', ['-newkey', 'ed25519'], 3],
    ['Ed448, which we cannot verify', ['-newkey', 'ed448'], 3],
  ])('signed with %s works', (_what, args, version) => {
    const text = openssl(['req', '-x509', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=a', ...args])
    expect(certificateOf(text).version).toBe(version)
  })

  test('of version 1 works, and it is no CA', () => {
    const csr = openssl(['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', '-', '-subj', '/CN=old root'])
    const text = withFiles({ csr }, (path) => openssl(['x509', '-req', '-in', path('csr'), '-signkey', path('csr')]))
    expect(certificateOf(text)).toMatchObject({
      version: 1,
      isCA: false,
      extensions: [],
      sans: noSans,
      usages: { keyUsage: 0, extended: [] },
    })
  })

  test('works for DER and PEM alike', () => {
    expect(readCertificate(Uint8Array.from(der))).toEqual(readCertificate(pem))
    expect(readCertificate(Buffer.from(pem))).toEqual(readCertificate(pem))
  })

  test('of serial number 0 works, for such CAs occur', async () => {
    const text = await signCertificate(aTemplate(key, { serialNumber: Uint8Array.of(0) }), { key })
    expect(certificateOf(text).serialNumber).toBe('00')
  })

  test('understands times of the last century and without seconds', () => {
    const old = Buffer.from(der)
    const validity = old.indexOf('260101000000Z')
    old.write('990229000000Z', validity)
    expect(whyUnreadable(old)).toBe('the certificate is malformed: notBefore is not a time')
    old.write('991231235959Z', validity)
    expect(certificateOf(old).notBefore).toBe(at('1999-12-31T23:59:59Z'))
    old.write('491231235959Z', validity)
    expect(certificateOf(old).notBefore).toBe(at('2049-12-31T23:59:59Z'))
  })

  test.each([
    '260101000060Z',
    '260101006000Z',
    '260101240000Z',
    '260132000000Z',
    '261301000000Z',
    '260001000000Z',
    '2601010000 0Z',
    '2601010000000',
  ])('refuses the time %s', (time) => {
    const broken = Buffer.from(der)
    broken.write(time, broken.indexOf('260101000000Z'))
    expect(whyUnreadable(broken)).toBe('the certificate is malformed: notBefore is not a time')
  })
})

describe('a bundle', () => {
  test('yields its certificates in order', () => {
    const reading = readCertificates(`# first\n${pem}\n# second\n${pem}`)
    expect(reading.kind === 'ok' && reading.certificates.length).toBe(2)
  })

  test.each<[what: string, text: () => string, why: string]>([
    ['nothing', () => '', 'there is no PEM block'],
    ['a private key', () => pem + encodePem('PRIVATE KEY', Uint8Array.of(1)), 'there is a PRIVATE KEY block among the certificates'],
    ['a broken certificate', () => pem + encodePem('CERTIFICATE', sequence()), 'the certificate is malformed: the certificate is cut off'],
  ])('with %s is unreadable as a whole', (_what, text, why) => {
    expect(readCertificates(text())).toEqual({ kind: 'unreadable', why })
  })
})

describe('a hostile certificate', () => {
  test.each<[what: string, change: (der: Buffer) => Uint8Array, why: string]>([
    ['with trailing bytes', (good) => Buffer.concat([good, Buffer.of(0)]), 'the certificate has trailing bytes'],
    ['that is cut off', (good) => good.subarray(0, -1), 'the certificate is cut off'],
    [
      'of indefinite length',
      (good) => Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(4), Buffer.of(0, 0)]),
      'the certificate has a length that is not DER',
    ],
    [
      'of four gigabytes',
      (good) => Buffer.concat([Buffer.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), good.subarray(4)]),
      'the certificate is cut off',
    ],
    ['of nested sequences', () => nested(4_000), 'the signature algorithm is cut off'],
    [
      'with two signature algorithms',
      (good) => replaced(good, '300a06082a8648ce3d040302', '300a06082a8648ce3d040303'),
      'it names two signature algorithms',
    ],
    ['of version 4', (good) => replaced(good, 'a003020102', 'a003020103'), 'the version is unknown'],
    [
      'with a negative serial number',
      (good) => Buffer.from(good).fill(0xff, good.indexOf('a003020102', 'hex') + 7, good.indexOf('a003020102', 'hex') + 8),
      'the serial number is negative',
    ],
    ['with a boolean of BER', (good) => replaced(good, '0603551d130101ff', '0603551d13010101'), 'an extension is not a boolean of DER'],
    ['with an extension twice', (good) => replaced(good, '0603551d1e', '0603551d1f'), 'the extension 2.5.29.31 occurs twice'],
    [
      'with an IP address of five bytes',
      (good) =>
        replaced(good, '87040a000001', '82040a000001').fill(0x87, good.indexOf('8209612e', 'hex'), good.indexOf('8209612e', 'hex') + 1),
      'an IP address has neither 4 nor 16 bytes',
    ],
    [
      'with a DNS name that is not ASCII',
      (good) => replaced(good, Buffer.from('a.example').toString('hex'), Buffer.from('é.exampl').toString('hex')),
      'a DNS name is not ASCII',
    ],
    ['with a SAN of an unknown kind', (good) => replaced(good, '8603613a62', '8903613a62'), 'a SAN is of no known kind'],
    [
      'with an issuer that is not UTF-8',
      (good) => replaced(good, '130b7765622e', '0c0bff65622e'),
      'an attribute of the issuer is not UTF-8',
    ],
    [
      'with an issuer of another type',
      (good) => replaced(good, '130b7765622e', '040b7765622e'),
      'an attribute of the issuer has a string type that names do not use',
    ],
  ])('%s is unreadable', (_what, change, why) => {
    expect(whyUnreadable(change(Buffer.from(der)))).toBe(`the certificate is malformed: ${why}`)
  })

  test('changed at random two thousand times never throws', () => {
    const random = seeded(20_260_801)
    const outcomes = { ok: 0, unreadable: 0 }
    for (let round = 0; round < 2_000; round += 1) {
      const mutated = mutate(der, random)
      outcomes[readCertificate(mutated).kind] += 1
      outcomes[readCertificate(encodePem('CERTIFICATE', mutated)).kind] += 1
    }
    expect(outcomes.ok + outcomes.unreadable).toBe(4_000)
    expect(Math.min(outcomes.ok, outcomes.unreadable)).toBeGreaterThan(100)
  })

  test('cut off anywhere is unreadable', () => {
    for (let length = 1; length < der.length; length += 1) expect(whyUnreadable(der.subarray(0, length))).toBeDefined()
  })

  test('with a hundred thousand extensions is read in one pass', () => {
    const extensions: readonly Extension[] = Array.from({ length: 100_000 }, (_, n) => ({
      oid: `1.2.${n}`,
      critical: false,
      value: Uint8Array.of(5, 0),
    }))
    const large = withExtensions(encodeExtensions(extensions))
    const reading = readCertificate(large)
    expect(reading.kind === 'ok' ? reading.certificate.extensions.length : reading.why).toBe(100_000)
  })
})

test('a CA that openssl verifies against itself is read as a CA', async () => {
  const root = await signCertificate(aCaTemplate('Root', key), { key })
  expect(certificateOf(root).isCA).toBe(true)
  expect(certificateOf(pem).isCA).toBe(false)
})

/** The certificate with these Extensions instead of its own. */
function withExtensions(extensions: Uint8Array): Uint8Array {
  const { tbs, signatureAlgorithm } = certificateOf(der)
  const old = encodeExtensions(certificateOf(der).extensions)
  const wrapped = element(0xa3, old)
  const fields = Buffer.from(tbs.subarray(4, tbs.length - wrapped.length))
  return sequence(sequence(fields, element(0xa3, extensions)), signatureAlgorithm, Uint8Array.of(3, 2, 0, 1))
}

function nested(depth: number): Uint8Array {
  const lengths = [0]
  for (let level = 1; level < depth; level += 1) lengths.push((lengths[level - 1] ?? 0) + headerLength(lengths[level - 1] ?? 0))
  return Buffer.concat(lengths.toReversed().map((length) => element(0x30, new Uint8Array(length)).subarray(0, headerLength(length))))
}

function headerLength(length: number): number {
  return length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x1_0000 ? 4 : 5
}

/** The first occurrence of `from` becomes `to`, of the same length. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  const found = bytes.indexOf(from, 'hex')
  if (found === -1) throw new Error(`${from} is not there`)
  return Buffer.concat([bytes.subarray(0, found), Buffer.from(to, 'hex'), bytes.subarray(found + to.length / 2)])
}

/** Flips, removes, doubles or overwrites a few bytes. */
function mutate(good: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(good)
  for (let change = 0; change <= random() * 3; change += 1) {
    const place = Math.floor(random() * bytes.length)
    const kind = Math.floor(random() * 4)
    if (kind === 0) bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8))
    if (kind === 1) bytes[place] = Math.floor(random() * 256)
    if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1)])
    if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(Math.max(place - 3, 0))])
  }
  return bytes
}

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
