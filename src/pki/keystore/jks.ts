import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

import type { Instant } from '../../lib/instant.ts'
import type { Redacted } from '../../lib/redacted.ts'
import type { CertificateReading } from '../certificate.ts'
import { derNull, octetString, sequence } from '../der/der-writer.ts'
import { oid } from '../der/object-identifier.ts'
import { certificatesOf, pkcs8Of } from './contents.ts'

/** PEM texts; `ca` is empty when there is none. */
export interface JavaKeyStore {
  readonly key: Redacted<string>
  readonly chain: string
  readonly ca: string
  readonly password: Redacted<string>
  readonly alias: string
}

export interface JavaTrustStore {
  readonly ca: string
  readonly password: Redacted<string>
}

/**
 * A Java keystore (JKS, version 2) with the private key and its chain under `alias`, and the CAs as trusted certificates under `ca`,
 * `ca-1` and so on. An entry is as old as its certificate. Throws `pki/unreadable` when key, chain or CA are not what they should be.
 */
export async function encodeJks({ key, chain, ca, password, alias }: JavaKeyStore): Promise<Uint8Array> {
  const certificates = certificatesOf(chain)
  const encrypted = encryptKey(pkcs8Of(key), password)
  const keyEntry = Buffer.concat([
    entryHead(ENTRY.privateKey, alias.toLowerCase(), certificates[0].notBefore),
    withLength(encrypted),
    uint32(certificates.length),
    ...certificates.map(certificateBytes),
  ])
  return encodeStore([keyEntry, ...(ca === '' ? [] : trustedEntries(ca, { taken: alias.toLowerCase() }))], password)
}

/** A Java keystore with the CAs as trusted certificates alone. Throws as `encodeJks` does. */
export async function encodeJksTrustStore({ ca, password }: JavaTrustStore): Promise<Uint8Array> {
  return encodeStore(trustedEntries(ca, { taken: undefined }), password)
}

/** Whether the password is that of the store. Anything else, broken stores included, is `false`. */
export function isPasswordOfJks(store: Uint8Array, password: Redacted<string>): boolean {
  if (store.length < DIGEST_LENGTH) return false
  const digest = storeDigest(store.subarray(0, -DIGEST_LENGTH), password)
  return timingSafeEqual(digest, store.subarray(-DIGEST_LENGTH))
}

const MAGIC = 0xfeedfeed
const VERSION = 2
const ENTRY = { privateKey: 1, trustedCertificate: 2 } as const
const DIGEST_LENGTH = 20

/** What Sun put between the password and the contents in 1996. */
const SALT = 'Mighty Aphrodite'

/** Sun's own key protection, its OID from Java's `sun.security.provider.KeyProtector`. */
const KEY_PROTECTOR = '1.3.6.1.4.1.42.2.17.1.1'

function trustedEntries(ca: string, { taken }: { readonly taken: string | undefined }): readonly Uint8Array[] {
  return certificatesOf(ca).map((certificate, index) => {
    // An alias is one entry: a CA must not take the place of the key.
    const alias = index === 0 && taken !== 'ca' ? 'ca' : `ca-${index}`
    const unique = alias === taken ? `${alias}-ca` : alias
    return Buffer.concat([entryHead(ENTRY.trustedCertificate, unique, certificate.notBefore), certificateBytes(certificate)])
  })
}

function encodeStore(entries: readonly Uint8Array[], password: Redacted<string>): Uint8Array {
  const contents = Buffer.concat([uint32(MAGIC), uint32(VERSION), uint32(entries.length), ...entries])
  return Buffer.concat([contents, storeDigest(contents, password)])
}

function storeDigest(contents: Uint8Array, password: Redacted<string>): Buffer {
  return sha1(passwordBytes(password), Buffer.from(SALT, 'latin1'), contents)
}

function entryHead(type: number, alias: string, createdAt: Instant): Uint8Array {
  const time = Buffer.alloc(8)
  time.writeBigInt64BE(BigInt(createdAt))
  return Buffer.concat([uint32(type), javaString(alias), time])
}

function certificateBytes({ der }: CertificateReading): Uint8Array {
  return Buffer.concat([javaString('X.509'), withLength(der)])
}

/** The key XORed with a stream of SHA-1 digests that starts from a salt, and a digest to know the password by. */
function encryptKey(pkcs8: Redacted<Uint8Array>, password: Redacted<string>): Uint8Array {
  const secret = passwordBytes(password)
  const plain = pkcs8.reveal()
  const salt = randomBytes(DIGEST_LENGTH)
  const stream: Buffer[] = []
  for (let last: Uint8Array = salt, made = 0; made < plain.length; made += DIGEST_LENGTH) {
    const next = sha1(secret, last)
    stream.push(next)
    last = next
  }
  const mask = Buffer.concat(stream)
  const masked = plain.map((byte, at) => byte ^ (mask[at] ?? 0))
  return sequence(sequence(oid(KEY_PROTECTOR), derNull), octetString(Buffer.concat([salt, masked, sha1(secret, plain)])))
}

/** Java's characters: UTF-16, big-endian, without end mark. */
function passwordBytes(password: Redacted<string>): Buffer {
  return Buffer.from(password.reveal(), 'utf16le').swap16()
}

function sha1(...parts: readonly Uint8Array[]): Buffer {
  return hash('sha1', Buffer.concat(parts), 'buffer')
}

/** Java's modified UTF-8 differs from ours only for NUL and beyond the basic plane: there, each surrogate is encoded by itself. */
function javaString(text: string): Uint8Array {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
  const bytes = Buffer.from(units.flatMap(modifiedUtf8))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function modifiedUtf8(unit: number): readonly number[] {
  if (unit > 0 && unit < 0x80) return [unit]
  if (unit < 0x800) return [0xc0 | (unit >> 6), 0x80 | (unit & 0x3f)]
  return [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]
}

function withLength(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
