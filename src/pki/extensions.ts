import type { DerReader } from './der/der-reader.ts'
import { readNamedBits, readOptionalBoolean, readUnsigned } from './der/der-reader.ts'
import { contextTag, derTrue, element, namedBits, octetString, sequence, sequenceOf, tag } from './der/der-writer.ts'
import { oid, readOid } from './der/object-identifier.ts'
import { accessMethodOid, extensionOid } from './oids.ts'
import { noSans, readSans } from './sans.ts'
import type { Sans } from './sans.ts'
import type { Usages } from './usages.ts'

export interface Extension {
  /** Dotted OID. */
  readonly oid: string
  readonly critical: boolean
  /** The DER inside the extension's OCTET STRING. */
  readonly value: Uint8Array
}

/** What the extensions that we understand say. `undefined`: the extension is absent. */
export interface ExtensionContents {
  readonly sans: Sans
  readonly isCA: boolean | undefined
  readonly usages: Usages | undefined
  readonly subjectKeyId: Uint8Array | undefined
  readonly authorityKeyId: Uint8Array | undefined
}

/** The Extensions that come next, RFC 5280 §4.1. One OID twice is a fault, §4.2. */
export function readExtensions(reader: DerReader): readonly Extension[] {
  const list = reader.enter(tag.sequence, 'the extensions')
  const extensions: Extension[] = []
  const seen = new Set<string>()
  while (!list.atEnd) {
    const fields = list.enter(tag.sequence, 'an extension')
    const type = readOid(fields, 'an extension')
    const critical = readOptionalBoolean(fields, 'an extension')
    const value = fields.read(tag.octetString, 'an extension')
    fields.finish('an extension')
    if (seen.has(type)) reader.fail(`the extension ${type} occurs twice`)
    seen.add(type)
    extensions.push({ oid: type, critical, value })
  }
  return extensions
}

/** Reads the values of the extensions that we understand; `reader` takes the faults. */
export function readExtensionContents(reader: DerReader, extensions: readonly Extension[]): ExtensionContents {
  const contents: { -readonly [K in keyof ExtensionContents]: ExtensionContents[K] } = {
    sans: noSans,
    isCA: undefined,
    usages: undefined,
    subjectKeyId: undefined,
    authorityKeyId: undefined,
  }
  for (const { oid: type, value } of extensions) {
    const inside = reader.inside(value)
    switch (type) {
      case extensionOid.subjectAltName:
        contents.sans = readSans(inside)
        break
      case extensionOid.basicConstraints:
        contents.isCA = readBasicConstraints(inside)
        break
      case extensionOid.keyUsage:
        contents.usages = { extended: [], ...contents.usages, keyUsage: readNamedBits(inside, 'the KeyUsage extension') & 0x1ff }
        inside.finish('the KeyUsage extension')
        break
      case extensionOid.extendedKeyUsage:
        contents.usages = { keyUsage: 0, ...contents.usages, extended: readExtendedKeyUsage(inside) }
        break
      case extensionOid.subjectKeyId:
        contents.subjectKeyId = inside.read(tag.octetString, 'the SubjectKeyIdentifier extension')
        break
      case extensionOid.authorityKeyId:
        contents.authorityKeyId = readAuthorityKeyId(inside)
        break
      default:
    }
  }
  return contents
}

/** `[name] Extensions` as it stands in a certificate or a CSR. */
export function encodeExtensions(extensions: readonly Extension[]): Uint8Array {
  return sequenceOf(
    extensions.map(({ oid: type, critical, value }) => sequence(oid(type), ...(critical ? [derTrue] : []), octetString(value))),
  )
}

/** KeyUsage (critical) and ExtKeyUsage, each only when it says something. */
export function usageExtensions({ keyUsage, extended }: Usages): readonly Extension[] {
  return [
    ...(keyUsage === 0 ? [] : [{ oid: extensionOid.keyUsage, critical: true, value: namedBits(keyUsage) }]),
    ...(extended.length === 0 ? [] : [{ oid: extensionOid.extendedKeyUsage, critical: false, value: sequenceOf(extended.map(oid)) }]),
  ]
}

/** BasicConstraints, critical, without a path length. */
export function basicConstraints(isCA: boolean): Extension {
  return { oid: extensionOid.basicConstraints, critical: true, value: isCA ? sequence(derTrue) : sequence() }
}

export function subjectKeyId(keyId: Uint8Array): Extension {
  return { oid: extensionOid.subjectKeyId, critical: false, value: octetString(keyId) }
}

export function authorityKeyId(keyId: Uint8Array): Extension {
  return { oid: extensionOid.authorityKeyId, critical: false, value: sequence(element(contextTag(0), keyId)) }
}

/** Where to ask for revocation and where to find the issuer, RFC 5280 §4.2.2.1. */
export function authorityInfoAccess(ocspServers: readonly string[], issuingCertificateURLs: readonly string[]): Extension {
  const entries = [
    ...ocspServers.map((url) => sequence(oid(accessMethodOid.ocsp), uri(url))),
    ...issuingCertificateURLs.map((url) => sequence(oid(accessMethodOid.caIssuers), uri(url))),
  ]
  return { oid: extensionOid.authorityInfoAccess, critical: false, value: sequenceOf(entries) }
}

/** One DistributionPoint with a fullName per URL, RFC 5280 §4.2.1.13. */
export function crlDistributionPoints(urls: readonly string[]): Extension {
  const points = urls.map((url) => sequence(element(0xa0, element(0xa0, uri(url)))))
  return { oid: extensionOid.crlDistributionPoints, critical: false, value: sequenceOf(points) }
}

function uri(url: string): Uint8Array {
  return element(contextTag(6), Buffer.from(url, 'utf8'))
}

function readBasicConstraints(reader: DerReader): boolean {
  const fields = reader.enter(tag.sequence, 'the BasicConstraints extension')
  const isCA = readOptionalBoolean(fields, 'the BasicConstraints extension')
  if (fields.sees(tag.integer)) readUnsigned(fields, 'the path length')
  fields.finish('the BasicConstraints extension')
  reader.finish('the BasicConstraints extension')
  return isCA
}

function readExtendedKeyUsage(reader: DerReader): readonly string[] {
  const list = reader.enter(tag.sequence, 'the ExtKeyUsage extension')
  const usages: string[] = []
  while (!list.atEnd) usages.push(readOid(list, 'an extended key usage'))
  reader.finish('the ExtKeyUsage extension')
  return usages
}

function readAuthorityKeyId(reader: DerReader): Uint8Array | undefined {
  const fields = reader.enter(tag.sequence, 'the AuthorityKeyIdentifier extension')
  return fields.sees(contextTag(0)) ? fields.read(contextTag(0), 'the AuthorityKeyIdentifier extension') : undefined
}
