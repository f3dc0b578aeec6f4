import { createHash, createPrivateKey, createECDH, generateKeyPair, KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

import { OperatorError } from '../lib/operator-error.ts'
import { Redacted } from '../lib/redacted.ts'
import { DerReader } from './der/der-reader.ts'
import { tag } from './der/der-writer.ts'
import { parsePem, pemLimit } from './pem.ts'
import type { PemBlock, PemLimit } from './pem.ts'
import { canonicalSpki, publicKeyOf, spkiOf } from './subject-public-key.ts'
import type { SpkiBytes } from './subject-public-key.ts'

export type KeyAlgorithm = 'RSA' | 'ECDSA' | 'Ed25519'

/** `size` in bits: 2048 to 8192 for RSA; 256, 384 or 521 for ECDSA; ignored for Ed25519. */
export interface PrivateKeySpec {
  readonly algorithm: KeyAlgorithm
  readonly size: number
}

/** PKCS1 means SEC1 for ECDSA and PKCS8 for Ed25519, as in cert-manager. */
export type PrivateKeyEncoding = 'PKCS1' | 'PKCS8'

export type PrivateKeyReading = { readonly kind: 'ok'; readonly key: KeyObject } | { readonly kind: 'unreadable'; readonly why: string }

/** A new private key, made on a libuv thread. Throws `pki/unsupportedKey` for a size that the API does not allow. */
export async function generatePrivateKey(spec: PrivateKeySpec): Promise<KeyObject> {
  switch (spec.algorithm) {
    case 'RSA':
      if (spec.size < 2048 || spec.size > 8192) throw unsupported(spec)
      return (await generate('rsa', { modulusLength: spec.size })).privateKey
    case 'ECDSA': {
      const curve = CURVES.get(spec.size)
      if (curve === undefined) throw unsupported(spec)
      return (await generate('ec', { namedCurve: curve })).privateKey
    }
    case 'Ed25519':
      return (await generate('ed25519', {})).privateKey
  }
}

/** The key as PEM, in the encoding that cert-manager writes for it. */
export function encodePrivateKey(key: KeyObject, encoding: PrivateKeyEncoding): Redacted<string> {
  const traditional = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8'
  const pem = key.export({ format: 'pem', type: encoding === 'PKCS8' ? 'pkcs8' : traditional })
  return new Redacted(typeof pem === 'string' ? pem : pem.toString('latin1'))
}

/**
 * The private key of a PEM text: RSA (PKCS #1), EC (SEC 1), or either or Ed25519 in PKCS #8. The first block that is a private key
 * counts, so that `EC PARAMETERS` may stand before it. Parts that contradict each other are refused. The reason quotes no key bytes.
 */
export function parsePrivateKey(pem: string | Uint8Array, limits: PemLimit = pemLimit.privateKey): PrivateKeyReading {
  const reading = parsePem(pem, limits)
  if (reading.kind === 'unreadable') return reading

  const block = reading.blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))
  if (block === undefined) return unreadable('there is no private key')
  const type = DER_TYPES.get(block.label)
  if (type === undefined) return unreadable(`a block labeled ${block.label} is not supported; use PKCS #1, SEC 1 or PKCS #8, unencrypted`)

  const key = createKey(block, type)
  if (key === undefined) return unreadable(`the ${block.label} block does not hold a private key`)
  if (!isSupported(key)) return unreadable('the private key is not RSA, ECDSA on P-256, P-384 or P-521, or Ed25519')
  if (!isConsistent(key)) return unreadable('the parts of the private key do not belong together')
  return { kind: 'ok', key }
}

/** Whether the key is of the algorithm and size that the spec asks for. */
export function privateKeyMatches(key: KeyObject, spec: PrivateKeySpec): boolean {
  switch (spec.algorithm) {
    case 'RSA':
      return key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === spec.size
    case 'ECDSA':
      return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === CURVES.get(spec.size)
    case 'Ed25519':
      return key.asymmetricKeyType === 'ed25519'
  }
}

/** Lowercase hex SHA-256 of the SPKI; equal for the private key, the CSR and the certificate of one key pair. */
export function publicKeyFingerprint(key: KeyObject | SpkiBytes): string {
  const spki = key instanceof KeyObject ? spkiOf(key) : canonicalSpki(key)
  return createHash('sha256').update(spki).digest('hex')
}

const generate = promisify(generateKeyPair)

/** Node's names of the curves, by size in bits. */
const CURVES: ReadonlyMap<number, string> = new Map([
  [256, 'prime256v1'],
  [384, 'secp384r1'],
  [521, 'secp521r1'],
])

const DER_TYPES: ReadonlyMap<string, 'pkcs1' | 'sec1' | 'pkcs8'> = new Map([
  ['RSA PRIVATE KEY', 'pkcs1'],
  ['EC PRIVATE KEY', 'sec1'],
  ['PRIVATE KEY', 'pkcs8'],
])

function unsupported({ algorithm, size }: PrivateKeySpec): OperatorError {
  return new OperatorError('pki/unsupportedKey', `${algorithm} keys of ${size} bits are not supported`, { retry: { kind: 'never' } })
}

function unreadable(why: string): PrivateKeyReading {
  return { kind: 'unreadable', why }
}

/** OpenSSL reads whatever it finds, and drops its own message here, for it may describe the bytes. Programs that go by the label do not. */
function createKey(block: PemBlock, type: 'pkcs1' | 'sec1' | 'pkcs8'): KeyObject | undefined {
  if (secondField(block.der) !== SECOND_FIELDS[type]) return undefined
  try {
    return createPrivateKey({ key: Buffer.from(block.der), format: 'der', type })
  } catch {
    return undefined
  }
}

/** The tag of what follows the version, which tells the three encodings apart. */
function secondField(der: Uint8Array): number {
  const fields = DerReader.over(der).enter(tag.sequence, 'the key')
  fields.any('the version')
  return fields.any('the key').tag
}

const SECOND_FIELDS = { pkcs1: tag.integer, sec1: tag.octetString, pkcs8: tag.sequence } as const

/** A curve that is written out is the one of that name to OpenSSL, but to nobody who should verify. */
function isSupported(key: KeyObject): boolean {
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (key.asymmetricKeyType === 'ec') return [...CURVES.values()].includes(curve ?? '') && publicKeyOf(spkiOf(key)) !== undefined
  return key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ed25519'
}

/** OpenSSL loads a key whose public half does not belong to it; whatever that signs, nobody can verify. */
function isConsistent(key: KeyObject): boolean {
  if (key.asymmetricKeyType === 'ed25519') return true
  try {
    return key.asymmetricKeyType === 'ec' ? isConsistentEc(key) : isConsistentRsa(key)
  } catch {
    return false
  }
}

function isConsistentEc(key: KeyObject): boolean {
  const { d = '', x = '', y = '' } = key.export({ format: 'jwk' })
  const ecdh = createECDH(key.asymmetricKeyDetails?.namedCurve ?? '')
  ecdh.setPrivateKey(Buffer.from(d, 'base64url'))
  return ecdh.getPublicKey().equals(Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]))
}

/** RFC 8017 §3.2: n = p·q, d inverts e modulo p - 1 and q - 1, and what is kept to be quick follows from them. */
function isConsistentRsa(key: KeyObject): boolean {
  const jwk = key.export({ format: 'jwk' })
  const [n, e, d, p, q] = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q].map(numberOf)
  if (n === undefined || e === undefined || d === undefined || p === undefined || q === undefined || p <= 1n || q <= 1n) return false
  const isWhole = p * q === n && (e * d) % (p - 1n) === 1n && (e * d) % (q - 1n) === 1n
  return isWhole && numberOf(jwk.dp) === d % (p - 1n) && numberOf(jwk.dq) === d % (q - 1n) && (numberOf(jwk.qi) * q) % p === 1n
}

function numberOf(part: string | undefined): bigint {
  return BigInt(`0x0${Buffer.from(part ?? '', 'base64url').toString('hex')}`)
}
