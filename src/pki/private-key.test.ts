import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { inspect } from 'node:util'

import { describe, expect, test } from 'vitest'

import type { OperatorError } from '../lib/operator-error.ts'
import { element, sequence } from './der/der-writer.ts'
import { openssl } from './oracles.test-support.ts'
import { encodePem, parsePem } from './pem.ts'
import { encodePrivateKey, generatePrivateKey, parsePrivateKey, privateKeyMatches, publicKeyFingerprint } from './private-key.ts'
import type { PrivateKeyEncoding, PrivateKeySpec } from './private-key.ts'

const specs: readonly PrivateKeySpec[] = [
  { algorithm: 'RSA', size: 2048 },
  { algorithm: 'ECDSA', size: 256 },
  { algorithm: 'ECDSA', size: 384 },
  { algorithm: 'ECDSA', size: 521 },
  { algorithm: 'Ed25519', size: 0 },
]

function keyOf(pem: string): KeyObject {
  const reading = parsePrivateKey(pem)
  if (reading.kind === 'unreadable') throw new Error(reading.why)
  return reading.key
}

function whyUnreadable(pem: string): string | undefined {
  const reading = parsePrivateKey(pem)
  return reading.kind === 'unreadable' ? reading.why : undefined
}

describe.each(specs.map((spec) => [`${spec.algorithm} ${spec.size}`, spec] as const))('a new %s key', (_name, spec) => {
  const labels: Readonly<Record<PrivateKeyEncoding, string>> = {
    PKCS1: { RSA: 'RSA PRIVATE KEY', ECDSA: 'EC PRIVATE KEY', Ed25519: 'PRIVATE KEY' }[spec.algorithm],
    PKCS8: 'PRIVATE KEY',
  }

  test.each<PrivateKeyEncoding>(['PKCS1', 'PKCS8'])('in %s is what openssl and we read back', async (encoding) => {
    const key = await generatePrivateKey(spec)
    const pem = encodePrivateKey(key, encoding).reveal()
    expect(pem.startsWith(`-----BEGIN ${labels[encoding]}-----\n`)).toBe(true)
    expect(pem.endsWith(`-----END ${labels[encoding]}-----\n`)).toBe(true)
    expect(openssl(['pkey', '-check', '-pubout'], pem)).toContain(createPublicKey(key).export({ format: 'pem', type: 'spki' }))
    expect(keyOf(pem).equals(key)).toBe(true)
  })

  test('matches its own spec and no other', async () => {
    const key = await generatePrivateKey(spec)
    expect(specs.filter((other) => privateKeyMatches(key, other))).toEqual([spec])
  })
})

test.each<[PrivateKeySpec]>([
  [{ algorithm: 'RSA', size: 1024 }],
  [{ algorithm: 'RSA', size: 16_384 }],
  [{ algorithm: 'ECDSA', size: 224 }],
])('a key of %j is not made', async (spec) => {
  await expect(generatePrivateKey(spec)).rejects.toThrowError(expect.objectContaining({ code: 'pki/unsupportedKey' }) as OperatorError)
})

/** The last block of a PEM text, with other words around it. */
function underLabel(label: string, pem: string): string {
  const reading = parsePem(pem)
  return encodePem(label, (reading.kind === 'ok' ? reading.blocks.at(-1)?.der : undefined) ?? new Uint8Array())
}

describe('a private key', () => {
  const ecPem = openssl(['ecparam', '-name', 'prime256v1', '-genkey'])
  const ec = keyOf(ecPem)

  test('with EC PARAMETERS before it, as openssl writes it, is read', () => {
    expect(ecPem).toContain('BEGIN EC PARAMETERS')
    expect(privateKeyMatches(ec, { algorithm: 'ECDSA', size: 256 })).toBe(true)
  })

  test('is hidden from logs once it is encoded', () => {
    const encoded = encodePrivateKey(ec, 'PKCS8')
    expect(`${encoded} ${inspect(encoded)} ${JSON.stringify({ encoded })}`).toBe('[redacted] [redacted] {"encoded":"[redacted]"}')
  })

  test.each<[what: string, pem: string, why: string]>([
    ['nothing', '', 'there is no PEM block'],
    ['a certificate', encodePem('CERTIFICATE', sequence()), 'there is no private key'],
    [
      'a key that is encrypted',
      openssl(['pkcs8', '-topk8', '-passout', 'pass:secret'], ecPem),
      'a block labeled ENCRYPTED PRIVATE KEY is not supported; use PKCS #1, SEC 1 or PKCS #8, unencrypted',
    ],
    [
      'a key that is encrypted in the old way',
      openssl(['ec', '-aes128', '-passout', 'pass:secret'], ecPem),
      'the EC PRIVATE KEY block does not hold a private key',
    ],
    ['other bytes', encodePem('PRIVATE KEY', sequence(Uint8Array.of(2, 1, 7))), 'the PRIVATE KEY block does not hold a private key'],
    [
      'a DSA key',
      generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
        .privateKey.export({ format: 'pem', type: 'pkcs8' })
        .toString(),
      'the private key is not RSA, ECDSA on P-256, P-384 or P-521, or Ed25519',
    ],
    [
      'a key on another curve',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ format: 'pem', type: 'sec1' }).toString(),
      'the private key is not RSA, ECDSA on P-256, P-384 or P-521, or Ed25519',
    ],
    [
      'a key whose curve is written out',
      openssl(['ec', '-param_enc', 'explicit'], ecPem),
      'the private key is not RSA, ECDSA on P-256, P-384 or P-521, or Ed25519',
    ],
    [
      'a key under the label of another encoding',
      underLabel('RSA PRIVATE KEY', ecPem),
      'the RSA PRIVATE KEY block does not hold a private key',
    ],
    [
      'a PKCS #8 key under a label of its algorithm',
      underLabel('EC PRIVATE KEY', openssl(['pkcs8', '-topk8', '-nocrypt'], ecPem)),
      'the EC PRIVATE KEY block does not hold a private key',
    ],
    [
      'more than 13,000 bytes',
      `${ecPem}${'\n'.repeat(13_000)}`,
      `the PEM has ${13_000 + ecPem.length} bytes, more than the limit of 13000`,
    ],
  ])('of %s is unreadable', (_what, pem, why) => {
    expect(whyUnreadable(pem)).toBe(why)
  })

  test('with the public point of another key is unreadable', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
    const [mine, its] = [ec, other].map((key) => key.export({ format: 'der', type: 'sec1' }))
    // SEC 1 §C.4: the public point is the last field, 65 bytes.
    const mixed = Buffer.concat([mine?.subarray(0, -65) ?? Buffer.of(), its?.subarray(-65) ?? Buffer.of()])
    expect(whyUnreadable(encodePem('EC PRIVATE KEY', mixed))).toBe('the parts of the private key do not belong together')
  })

  test.each([
    ['a prime', 4],
    ['an exponent for one prime', 6],
    ['an exponent for the other prime', 7],
    ['a coefficient', 8],
  ])('of RSA with %s of another key is unreadable', (_what, field) => {
    const numbers = [0, 1]
      .map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'der', type: 'pkcs1' }))
      .map(integersOf)
    const [mine = [], its = []] = numbers
    const mixed = sequence(...mine.map((integer, index) => (index === field ? (its[field] ?? integer) : integer)))
    expect(whyUnreadable(encodePem('RSA PRIVATE KEY', sequence(...mine)))).toBeUndefined()
    expect(whyUnreadable(encodePem('RSA PRIVATE KEY', mixed))).toBe('the parts of the private key do not belong together')
  })

  test('never shows its bytes in a reason, wherever it is broken', () => {
    const [block] = (() => {
      const reading = parsePem(encodePrivateKey(ec, 'PKCS8').reveal())
      return reading.kind === 'ok' ? reading.blocks : []
    })()
    const der = Buffer.from(block?.der ?? [])
    const secret = ec.export({ format: 'jwk' }).d ?? 'none'
    for (let at = 0; at < der.length; at += 1) {
      const broken = Buffer.from(der)
      broken[at] = (broken[at] ?? 0) ^ 0xff
      const why = whyUnreadable(encodePem('PRIVATE KEY', broken)) ?? ''
      expect(why.includes(secret.slice(0, 6)) || why.includes(der.toString('hex').slice(70, 78))).toBe(false)
    }
  })
})

describe('a public key fingerprint', () => {
  test('is the SHA-256 of the SPKI, as openssl says', async () => {
    const key = await generatePrivateKey({ algorithm: 'ECDSA', size: 384 })
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
    expect(openssl(['dgst', '-sha256', '-r'], spki).slice(0, 64)).toBe(publicKeyFingerprint(key))
    expect(publicKeyFingerprint(spki)).toBe(publicKeyFingerprint(key))
    expect(publicKeyFingerprint(createPublicKey(key))).toBe(publicKeyFingerprint(key))
  })

  test.each(['prime256v1', 'secp384r1', 'secp521r1'])('on %s is the same whether the point is compressed or not', (curve) => {
    const pem = openssl(['ecparam', '-name', curve, '-genkey', '-noout'])
    const compressed = openssl(['ec', '-conv_form', 'compressed'], pem)
    expect(compressed.length).toBeLessThan(pem.length)
    expect(publicKeyFingerprint(keyOf(compressed))).toBe(publicKeyFingerprint(keyOf(pem)))
    const spki = createPublicKey(keyOf(compressed)).export({ format: 'der', type: 'spki' })
    expect(publicKeyFingerprint(spki)).toBe(publicKeyFingerprint(keyOf(pem)))
  })

  test('of bytes that are no SPKI is that of the bytes', () => {
    expect(publicKeyFingerprint(element(4))).toHaveLength(64)
  })
})

/** The INTEGERs of a PKCS #1 key, each with its header. */
function integersOf(pkcs1: Buffer): readonly Uint8Array[] {
  const integers: Uint8Array[] = []
  for (let at = 4; at < pkcs1.length;) {
    const first = pkcs1[at + 1] ?? 0
    const size = first < 0x80 ? 0 : first & 0x7f
    const length = size === 0 ? first : pkcs1.readUIntBE(at + 2, size)
    integers.push(pkcs1.subarray(at, at + 2 + size + length))
    at += 2 + size + length
  }
  return integers
}
