import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import type { Redacted } from '../../lib/redacted.ts'
import { DerReader, readUnsigned } from '../der/der-reader.ts'
import { derNull, octetString, sequence, smallInteger, tag } from '../der/der-writer.ts'
import { oid, readOid } from '../der/object-identifier.ts'
import { derivePbkdf2Key, hmacSha256, ITERATIONS, KEY_LENGTH, pbkdf2Algorithm } from './password-encryption.ts'
import { derivePkcs12Key, keyPurpose } from './pkcs12-key.ts'

/** How the whole store is authenticated: SHA-1 or SHA-256 (RFC 7292 appendix A), or PBMAC1 (RFC 9579). */
export type MacScheme = 'SHA-1' | 'SHA-256' | 'PBMAC1'

/** The MacData over the contents, under a key derived from the password and a new salt. */
export async function encodeMac(contents: Uint8Array, password: Redacted<string>, scheme: MacScheme): Promise<Uint8Array> {
  if (scheme === 'PBMAC1') return await encodePbmac1(contents, password)
  const { oid: type, digest, saltLength, iterations } = DIGESTS[scheme]
  const salt = randomBytes(saltLength)
  const key = await derivePkcs12Key(password.reveal(), {
    digest,
    purpose: keyPurpose.mac,
    salt,
    iterations,
    length: DIGEST_LENGTHS[digest],
  })
  const mac = createHmac(digest, key).update(contents).digest()
  // One iteration is the default, which DER leaves out.
  const count = iterations === 1 ? [] : [smallInteger(iterations)]
  return sequence(sequence(sequence(oid(type), derNull), octetString(mac)), octetString(salt), ...count)
}

/** Whether the password is that of a store with one of our MACs. Anything else, broken stores included, is `false`. */
export async function isPasswordOfPkcs12(store: Uint8Array, password: Redacted<string>): Promise<boolean> {
  const reader = DerReader.over(store)
  const pfx = reader.enter(tag.sequence, 'the store')
  readUnsigned(pfx, 'the version')
  const content = pfx.enter(tag.sequence, 'the contents')
  readOid(content, 'the contents')
  const contents = content.enter(0xa0, 'the contents').read(tag.octetString, 'the contents')
  const macFields = pfx.enter(tag.sequence, 'the MAC')
  const digestInfo = macFields.enter(tag.sequence, 'the MAC')
  const algorithm = digestInfo.any('the MAC algorithm').whole
  const mac = digestInfo.read(tag.octetString, 'the MAC')
  const salt = macFields.read(tag.octetString, 'the salt')
  const iterations = macFields.atEnd ? 1 : numberOf(readUnsigned(macFields, 'the iterations'))
  if (reader.why !== undefined || salt.length === 0) return false

  const key = await macKey(password, { algorithm, salt, iterations })
  if (key === undefined) return false
  const expected = createHmac(key.digest, key.bytes).update(contents).digest()
  return expected.length === mac.length && timingSafeEqual(expected, mac)
}

const DIGESTS = {
  'SHA-1': { oid: '1.3.14.3.2.26', digest: 'sha1', saltLength: 8, iterations: 1 },
  'SHA-256': { oid: '2.16.840.1.101.3.4.2.1', digest: 'sha256', saltLength: 16, iterations: ITERATIONS },
} as const

const DIGEST_LENGTHS = { sha1: 20, sha256: 32 } as const

const PBMAC1 = '1.2.840.113549.1.5.14'

/** More would let a stranger's store keep us busy. */
const MAX_ITERATIONS = 100_000

/** RFC 9579 §4: salt and iterations stand in the parameters; the old fields are there, but nobody looks at them. */
async function encodePbmac1(contents: Uint8Array, password: Redacted<string>): Promise<Uint8Array> {
  const salt = randomBytes(16)
  const mac = createHmac('sha256', await derivePbkdf2Key(password, salt, ITERATIONS))
    .update(contents)
    .digest()
  return sequence(sequence(pbmac1Algorithm(salt), octetString(mac)), octetString(salt))
}

interface MacParameters {
  /** DER of the AlgorithmIdentifier. */
  readonly algorithm: Uint8Array
  readonly salt: Uint8Array
  readonly iterations: number
}

interface MacKey {
  readonly digest: 'sha1' | 'sha256'
  readonly bytes: Uint8Array
}

async function macKey(password: Redacted<string>, { algorithm, salt, iterations }: MacParameters): Promise<MacKey | undefined> {
  const fields = DerReader.over(algorithm).enter(tag.sequence, 'the MAC algorithm')
  const type = readOid(fields, 'the MAC algorithm')
  if (type === PBMAC1) return await pbmac1Key(password, algorithm, fields)
  const scheme = Object.values(DIGESTS).find((candidate) => candidate.oid === type)
  if (scheme === undefined || iterations < 1 || iterations > MAX_ITERATIONS) return undefined
  const { digest } = scheme
  const options = { digest, purpose: keyPurpose.mac, salt, iterations, length: DIGEST_LENGTHS[digest] }
  return { digest, bytes: await derivePkcs12Key(password.reveal(), options) }
}

/** Only with the parameters that we write, the salt apart. */
async function pbmac1Key(password: Redacted<string>, algorithm: Uint8Array, fields: DerReader): Promise<MacKey | undefined> {
  const kdf = fields.enter(tag.sequence, 'PBMAC1').enter(tag.sequence, 'PBKDF2')
  readOid(kdf, 'PBKDF2')
  const salt = kdf.enter(tag.sequence, 'PBKDF2').read(tag.octetString, 'the salt')
  if (Buffer.compare(algorithm, pbmac1Algorithm(salt)) !== 0) return undefined
  return { digest: 'sha256', bytes: await derivePbkdf2Key(password, salt, ITERATIONS) }
}

function pbmac1Algorithm(salt: Uint8Array): Uint8Array {
  return sequence(oid(PBMAC1), sequence(pbkdf2Algorithm(salt, { keyLength: KEY_LENGTH }), hmacSha256))
}

function numberOf(bigEndian: Uint8Array): number {
  return bigEndian.reduce((sum, byte) => sum * 256 + byte, 0)
}
