import { DerReader } from './der/der-reader.ts'
import { decodeIa5, decodeUtf8, isIa5 } from './der/der-string.ts'
import { contextConstructedTag, contextTag, element, sequenceOf, tag } from './der/der-writer.ts'
import { encodeOid, oid, readOid } from './der/object-identifier.ts'
import { formatIpAddress, parseIpAddress } from './ip-address.ts'
import { uriProblem } from './uri.ts'

export interface OtherName {
  /** Dotted OID. */
  readonly oid: string
  readonly utf8Value: string
}

/** The subject alternative names that the API has fields for. IP addresses are canonical text. */
export interface Sans {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly uris: readonly string[]
  readonly emailAddresses: readonly string[]
  readonly otherNames: readonly OtherName[]
}

export const noSans: Sans = { dnsNames: [], ipAddresses: [], uris: [], emailAddresses: [], otherNames: [] }

/** The canonical text of an IP address, to compare it with a reading; text that is none is returned as it is. */
export function canonicalIp(text: string): string {
  const bytes = parseIpAddress(text)
  return bytes === undefined ? text : formatIpAddress(bytes)
}

/** Why these names cannot be encoded, in a sentence; undefined: they can. */
export function sansProblem(sans: Partial<Sans>): string | undefined {
  const ia5 = [...(sans.dnsNames ?? []), ...(sans.emailAddresses ?? []), ...(sans.uris ?? [])].find((text) => !isIa5(text))
  if (ia5 !== undefined) return `${JSON.stringify(ia5)} is not ASCII; write an internationalized name in its ASCII form`

  for (const uri of sans.uris ?? []) {
    const problem = uriProblem(uri)
    if (problem !== undefined) return `${JSON.stringify(uri)} is not a URI: ${problem}`
  }
  const address = sans.ipAddresses?.find((text) => parseIpAddress(text) === undefined)
  if (address !== undefined) return `${JSON.stringify(address)} is not an IP address`

  const otherName = sans.otherNames?.find((name) => encodeOid(name.oid) === undefined)
  if (otherName !== undefined) return `${JSON.stringify(otherName.oid)} is not an object identifier`
  return sans.otherNames?.some((name) => name.utf8Value === '') === true ? 'an otherName has no value' : undefined
}

/** The GeneralNames of RFC 5280 §4.2.1.6, in Go's order; undefined when there are none. Throws where `sansProblem` has a sentence. */
export function encodeSans(sans: Partial<Sans>): Uint8Array | undefined {
  const names = [
    ...(sans.dnsNames ?? []).map((name) => ascii(kind.dnsName, name)),
    ...(sans.emailAddresses ?? []).map((name) => ascii(kind.emailAddress, name)),
    ...(sans.ipAddresses ?? []).map((address) => element(contextTag(kind.ipAddress), addressBytes(address))),
    ...(sans.uris ?? []).map((uri) => ascii(kind.uri, uri)),
    ...(sans.otherNames ?? []).map(encodeOtherName),
  ]
  return names.length === 0 ? undefined : sequenceOf(names)
}

/**
 * The names of a SAN extension's value. Kinds that the API has no field for are left out, and so is an otherName that we cannot read:
 * its value is for programs that we know nothing of, and no reason to call a certificate broken.
 */
export function readSans(reader: DerReader): Sans {
  const sans = {
    dnsNames: [] as string[],
    ipAddresses: [] as string[],
    uris: [] as string[],
    emailAddresses: [] as string[],
    otherNames: [] as OtherName[],
  }
  const names = reader.enter(tag.sequence, 'the SAN extension')
  while (!names.atEnd) {
    const name = names.any('a SAN')
    switch (name.tag) {
      case contextTag(kind.dnsName):
        sans.dnsNames.push(decodeIa5(reader, name.content, 'a DNS name'))
        break
      case contextTag(kind.emailAddress):
        sans.emailAddresses.push(decodeIa5(reader, name.content, 'an email address'))
        break
      case contextTag(kind.uri):
        sans.uris.push(decodeIa5(reader, name.content, 'a URI'))
        break
      case contextTag(kind.ipAddress):
        if (name.content.length !== 4 && name.content.length !== 16) reader.fail('an IP address has neither 4 nor 16 bytes')
        else sans.ipAddresses.push(formatIpAddress(name.content))
        break
      case contextConstructedTag(kind.otherName):
        sans.otherNames.push(...readOtherName(DerReader.over(name.content)))
        break
      default:
        if (!OTHER_KINDS.has(name.tag)) reader.fail('a SAN is of no known kind')
    }
  }
  reader.finish('the SAN extension')
  return sans
}

/** The choices of GeneralName, RFC 5280 §4.2.1.6. */
const kind = { otherName: 0, emailAddress: 1, dnsName: 2, uri: 6, ipAddress: 7 } as const

/** x400Address, directoryName, ediPartyName and registeredID. */
const OTHER_KINDS: ReadonlySet<number> = new Set([0xa3, 0xa4, 0xa5, 0x88])

function ascii(number: number, text: string): Uint8Array {
  if (!isIa5(text)) throw new RangeError('a SAN is not ASCII')
  return element(contextTag(number), Buffer.from(text, 'latin1'))
}

function addressBytes(address: string): Uint8Array {
  const bytes = parseIpAddress(address)
  if (bytes === undefined) throw new RangeError('a SAN is not an IP address')
  return bytes
}

function encodeOtherName(name: OtherName): Uint8Array {
  const value = element(contextConstructedTag(0), element(tag.utf8String, Buffer.from(name.utf8Value, 'utf8')))
  return element(contextConstructedTag(kind.otherName), oid(name.oid), value)
}

function readOtherName(reader: DerReader): readonly OtherName[] {
  const type = readOid(reader, 'an otherName')
  const wrapped = reader.enter(contextConstructedTag(0), 'an otherName')
  const value = wrapped.any('an otherName')
  wrapped.finish('an otherName')
  reader.finish('an otherName')
  const utf8Value = value.tag === tag.utf8String ? decodeUtf8(reader, value.content, 'an otherName') : ''
  return value.tag === tag.utf8String && reader.why === undefined ? [{ oid: type, utf8Value }] : []
}
