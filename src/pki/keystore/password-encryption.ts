import { createCipheriv, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

import type { Redacted } from '../../lib/redacted.ts'
import { derNull, octetString, sequence, smallInteger } from '../der/der-writer.ts'
import { oid } from '../der/object-identifier.ts'
import { derivePkcs12Key, keyPurpose } from './pkcs12-key.ts'
import { encryptRc2 } from './rc2.ts'

/** How contents are encrypted: two schemes of RFC 7292 appendix C, and PBES2 with AES-256 (RFC 8018 §6.2). */
export type EncryptionScheme = 'RC2-40' | '3DES' | 'AES-256'

export interface Encrypted {
  /** DER of the AlgorithmIdentifier, with salt and iterations. */
  readonly algorithm: Uint8Array
  readonly content: Uint8Array
}

/** Rounds of key derivation in every profile; what OpenSSL, Java and Go use. */
export const ITERATIONS = 2048

/** Encrypts under a key derived from the password and a new salt. */
export async function encryptWithPassword(plain: Uint8Array, password: Redacted<string>, scheme: EncryptionScheme): Promise<Encrypted> {
  return scheme === 'AES-256' ? await encryptPbes2(plain, password) : await encryptPbe(plain, password, scheme)
}

/** PBKDF2-HMAC-SHA-256 on a libuv thread. The password is UTF-8 here, as OpenSSL and Java have it. */
export function derivePbkdf2Key(password: Redacted<string>, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  return promisify(pbkdf2)(password.reveal(), salt, iterations, KEY_LENGTH, 'sha256')
}

/** The AlgorithmIdentifier of PBKDF2, RFC 8018 §A.2. `keyLength` in bytes is written where the reader could not know it. */
export function pbkdf2Algorithm(salt: Uint8Array, options: { readonly keyLength?: number } = {}): Uint8Array {
  const keyLength = options.keyLength === undefined ? [] : [smallInteger(options.keyLength)]
  return sequence(oid('1.2.840.113549.1.5.12'), sequence(octetString(salt), smallInteger(ITERATIONS), ...keyLength, hmacSha256))
}

/** The AlgorithmIdentifier of HMAC with SHA-256, RFC 8018 §B.1.2. */
export const hmacSha256: Uint8Array = sequence(oid('1.2.840.113549.2.9'), derNull)

/** In bytes, of AES-256 and of the MAC of PBMAC1. */
export const KEY_LENGTH = 32

const PBE = {
  '3DES': { oid: '1.2.840.113549.1.12.1.3', keyLength: 24 },
  'RC2-40': { oid: '1.2.840.113549.1.12.1.6', keyLength: 5 },
} as const

async function encryptPbe(plain: Uint8Array, password: Redacted<string>, scheme: keyof typeof PBE): Promise<Encrypted> {
  const { oid: type, keyLength } = PBE[scheme]
  const salt = randomBytes(8)
  const options = { digest: 'sha1', salt, iterations: ITERATIONS } as const
  const key = await derivePkcs12Key(password.reveal(), { ...options, purpose: keyPurpose.encryption, length: keyLength })
  const iv = await derivePkcs12Key(password.reveal(), { ...options, purpose: keyPurpose.iv, length: 8 })
  const content = scheme === 'RC2-40' ? encryptRc2(plain, { key, iv }) : encipher('des-ede3-cbc', plain, { key, iv })
  return { algorithm: sequence(oid(type), sequence(octetString(salt), smallInteger(ITERATIONS))), content }
}

async function encryptPbes2(plain: Uint8Array, password: Redacted<string>): Promise<Encrypted> {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const key = await derivePbkdf2Key(password, salt, ITERATIONS)
  const cipher = sequence(oid('2.16.840.1.101.3.4.1.42'), octetString(iv))
  const algorithm = sequence(oid('1.2.840.113549.1.5.13'), sequence(pbkdf2Algorithm(salt), cipher))
  return { algorithm, content: encipher('aes-256-cbc', plain, { key, iv }) }
}

function encipher(cipher: string, plain: Uint8Array, { key, iv }: { readonly key: Uint8Array; readonly iv: Uint8Array }): Uint8Array {
  const encryption = createCipheriv(cipher, key, iv)
  return Buffer.concat([encryption.update(plain), encryption.final()])
}
