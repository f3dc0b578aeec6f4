import { createHash } from 'node:crypto'

import type { Redacted } from '../../lib/redacted.ts'
import type { CertificateReading } from '../certificate.ts'
import {
  contextConstructedTag,
  contextTag,
  element,
  octetString,
  sequence,
  sequenceOf,
  setOf,
  smallInteger,
  tag,
} from '../der/der-writer.ts'
import { oid } from '../der/object-identifier.ts'
import { formatDistinguishedName } from '../distinguished-name.ts'
import { certificatesOf, pkcs8Of } from './contents.ts'
import { encryptWithPassword } from './password-encryption.ts'
import type { EncryptionScheme } from './password-encryption.ts'
import { encodeMac } from './pkcs12-mac.ts'
import type { MacScheme } from './pkcs12-mac.ts'

/** The profiles of `spec.keystores.pkcs12.profile`. */
export type Pkcs12Profile = 'LegacyRC2' | 'LegacyDES' | 'Modern2023' | 'Modern2026'

/** PEM texts; `ca` is empty when there is none. */
export interface Pkcs12KeyStore {
  readonly key: Redacted<string>
  readonly chain: string
  readonly ca: string
  readonly password: Redacted<string>
  readonly profile: Pkcs12Profile
}

export interface Pkcs12TrustStore {
  readonly ca: string
  readonly password: Redacted<string>
  readonly profile: Pkcs12Profile
}

/**
 * A PKCS #12 store (RFC 7292) with the private key, its chain and the CA, laid out as cert-manager does: the certificates encrypted,
 * then the encrypted key, tied to the leaf. Throws `pki/unreadable` when key, chain or CA are not what they should be.
 */
export async function encodePkcs12({ key, chain, ca, password, profile }: Pkcs12KeyStore): Promise<Uint8Array> {
  const { certificates, privateKey, mac } = PROFILES[profile]
  const [leaf, ...issuers] = certificatesOf(chain)
  const others = [...issuers, ...(ca === '' ? [] : certificatesOf(ca))]
  const keyId = attribute(attributeType.localKeyId, octetString(createHash('sha1').update(leaf.der).digest()))

  const bags = sequenceOf([certificateBag(leaf, [keyId]), ...others.map((certificate) => certificateBag(certificate, []))])
  const shrouded = await encryptWithPassword(pkcs8Of(key).reveal(), password, privateKey)
  const keyBag = bag(bagType.shroudedKey, sequence(shrouded.algorithm, octetString(shrouded.content)), [keyId])
  return await encodeStore([await encryptedContent(bags, password, certificates), plainContent(sequence(keyBag))], password, mac)
}

/** A PKCS #12 store of trusted CAs, marked as Java wants it, each under its subject as alias. Throws as `encodePkcs12` does. */
export async function encodePkcs12TrustStore({ ca, password, profile }: Pkcs12TrustStore): Promise<Uint8Array> {
  const { certificates: scheme, mac } = PROFILES[profile]
  const certificates = certificatesOf(ca)
  const bags = uniqueAliases(certificates).map((alias, index) => {
    const name = attribute(attributeType.friendlyName, element(tag.bmpString, Buffer.from(alias, 'utf16le').swap16()))
    const certificate = certificates[index] ?? certificates[0]
    return certificateBag(certificate, [attribute(attributeType.javaTrusted, oid(ANY_EXTENDED_KEY_USAGE)), name])
  })
  return await encodeStore([await encryptedContent(sequenceOf(bags), password, scheme)], password, mac)
}

interface Schemes {
  readonly certificates: EncryptionScheme
  readonly privateKey: EncryptionScheme
  readonly mac: MacScheme
}

const PROFILES: Readonly<Record<Pkcs12Profile, Schemes>> = {
  LegacyRC2: { certificates: 'RC2-40', privateKey: '3DES', mac: 'SHA-1' },
  LegacyDES: { certificates: '3DES', privateKey: '3DES', mac: 'SHA-1' },
  Modern2023: { certificates: 'AES-256', privateKey: 'AES-256', mac: 'SHA-256' },
  Modern2026: { certificates: 'AES-256', privateKey: 'AES-256', mac: 'PBMAC1' },
}

/** RFC 7292 appendix D. */
const bagType = { shroudedKey: '1.2.840.113549.1.12.10.1.2', certificate: '1.2.840.113549.1.12.10.1.3' } as const

/** PKCS #9 attributes (RFC 2985), and the one by which Java knows a trusted certificate. */
const attributeType = {
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  javaTrusted: '2.16.840.1.113894.746875.1.1',
} as const

const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'
const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0'

/** PKCS #7 content types, RFC 2315 §14. */
const contentType = { plain: '1.2.840.113549.1.7.1', encrypted: '1.2.840.113549.1.7.6' } as const

/** Java treats equal aliases, whatever their case, as one entry, and so would lose a CA. */
function uniqueAliases(certificates: readonly CertificateReading[]): readonly string[] {
  const counts = new Map<string, number>()
  return certificates.map(({ subject }) => {
    const alias = formatDistinguishedName(subject)
    const count = (counts.get(alias.toLowerCase()) ?? 0) + 1
    counts.set(alias.toLowerCase(), count)
    return count === 1 ? alias : `${alias} (${count})`
  })
}

function certificateBag({ der }: CertificateReading, attributes: readonly Uint8Array[]): Uint8Array {
  return bag(bagType.certificate, sequence(oid(X509_CERTIFICATE), element(contextConstructedTag(0), octetString(der))), attributes)
}

function bag(type: string, value: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  return sequence(oid(type), element(contextConstructedTag(0), value), ...(attributes.length === 0 ? [] : [setOf(attributes)]))
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return sequence(oid(type), setOf([value]))
}

function plainContent(bytes: Uint8Array): Uint8Array {
  return sequence(oid(contentType.plain), element(contextConstructedTag(0), octetString(bytes)))
}

async function encryptedContent(bytes: Uint8Array, password: Redacted<string>, scheme: EncryptionScheme): Promise<Uint8Array> {
  const { algorithm, content } = await encryptWithPassword(bytes, password, scheme)
  const encrypted = sequence(oid(contentType.plain), algorithm, element(contextTag(0), content))
  return sequence(oid(contentType.encrypted), element(contextConstructedTag(0), sequence(smallInteger(0), encrypted)))
}

async function encodeStore(contents: readonly Uint8Array[], password: Redacted<string>, mac: MacScheme): Promise<Uint8Array> {
  const safe = sequenceOf(contents)
  return sequence(smallInteger(VERSION), plainContent(safe), await encodeMac(safe, password, mac))
}

const VERSION = 3
