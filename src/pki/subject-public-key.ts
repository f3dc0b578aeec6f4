import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { DerReader, readBitString } from './der/der-reader.ts'
import { bitString, sequence, tag } from './der/der-writer.ts'
import { oid, readOid } from './der/object-identifier.ts'

/** The DER of a SubjectPublicKeyInfo, RFC 5280 §4.1.2.7. */
export type SpkiBytes = Uint8Array

/** The SPKI of a private or public key, an EC point always uncompressed. */
export function spkiOf(key: KeyObject): SpkiBytes {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return uncompressed(publicKey, publicKey.export({ format: 'der', type: 'spki' }))
}

/** The same SPKI with an EC point uncompressed, so that equal keys have equal bytes whoever encoded them. */
export function canonicalSpki(spki: SpkiBytes): SpkiBytes {
  // Only an EC point can stand compressed, and then is some 30 bytes shorter than any other key but Ed25519.
  if (spki.length > 120) return spki
  const { type, point } = readSpki(spki)
  if (type !== keyOid.ec || point[0] === UNCOMPRESSED) return spki
  const key = publicKeyOf(spki)
  return key === undefined ? spki : uncompressed(key, spki)
}

/** The public key that can verify: RSA from 1024 bits, P-256, P-384, P-521, Ed25519; undefined for any other or broken one. */
export function publicKeyOf(spki: SpkiBytes): KeyObject | undefined {
  const { type, curve } = readSpki(spki)
  if (type !== keyOid.rsa && type !== keyOid.ed25519 && !(type === keyOid.ec && CURVES.has(curve))) return undefined
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    const bits = key.asymmetricKeyDetails?.modulusLength
    return bits !== undefined && bits < 1024 ? undefined : key
  } catch {
    return undefined
  }
}

/** The content of the BIT STRING of an SPKI: what key identifiers are made of. Empty when it is broken. */
export function subjectPublicKey(spki: SpkiBytes): Uint8Array {
  return readSpki(spki).point
}

const keyOid = { rsa: '1.2.840.113549.1.1.1', ec: '1.2.840.10045.2.1', ed25519: '1.3.101.112' } as const

/** Named curves only: parameters written out would let a stranger choose the mathematics. */
const CURVES: ReadonlySet<string> = new Set(['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35'])

const UNCOMPRESSED = 4

function readSpki(spki: SpkiBytes): { readonly type: string; readonly curve: string; readonly point: Uint8Array } {
  const reader = DerReader.over(spki)
  const fields = reader.enter(tag.sequence, 'the public key')
  const algorithm = fields.enter(tag.sequence, 'the public key')
  const type = readOid(algorithm, 'the key algorithm')
  const curve = algorithm.sees(tag.oid) ? readOid(algorithm, 'the curve') : ''
  const point = readBitString(fields, 'the public key')
  fields.finish('the public key')
  reader.finish('the public key')
  return reader.why === undefined ? { type, curve, point } : { type: '', curve: '', point: new Uint8Array(0) }
}

function uncompressed(key: KeyObject, spki: SpkiBytes): SpkiBytes {
  const { type, curve, point } = readSpki(spki)
  if (type !== keyOid.ec || point[0] === UNCOMPRESSED) return spki
  const { x, y } = key.export({ format: 'jwk' })
  if (x === undefined || y === undefined) return spki
  const whole = Buffer.concat([Uint8Array.of(UNCOMPRESSED), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return sequence(sequence(oid(keyOid.ec), oid(curve)), bitString(whole))
}
