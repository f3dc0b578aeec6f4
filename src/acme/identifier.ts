import { isIP, SocketAddress } from 'node:net'
import { asText, isRecord } from './json.ts'

/** What an order asks a certificate for (RFC 8555 §7.1.3; RFC 8738 for `ip`). */
export interface Identifier {
  readonly type: 'dns' | 'ip'
  readonly value: string
}

/**
 * The identifiers of an order in the order given, DNS names first, each once. DNS names are lower case; addresses have the one
 * textual form that RFC 8738 §3 asks for. A text that is no IP address is left out: the caller has parsed its border already.
 */
export function identifiersOf(names: {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}): readonly Identifier[] {
  const dns = names.dnsNames.map((name): Identifier => ({ type: 'dns', value: name.toLowerCase() }))
  const ip = names.ipAddresses.flatMap((text): readonly Identifier[] => {
    const value = canonicalIp(text)
    return value === undefined ? [] : [{ type: 'ip', value }]
  })
  return firstOfEach([...dns, ...ip])
}

/** Whether two identifiers name the same thing, however they are spelled. */
export function isSameIdentifier(a: Identifier, b: Identifier): boolean {
  return a.type === b.type && canonicalValue(a) === canonicalValue(b)
}

/** The one textual form of an address (RFC 5952 for IPv6); undefined when the text is none. */
export function canonicalIp(text: string): string | undefined {
  const family = isIP(text)
  if (family === 0 || text.includes('%')) return undefined
  return new SocketAddress({ address: text, family: family === 6 ? 'ipv6' : 'ipv4' }).address
}

/** One identifier from the CA's answer; undefined when it is none that we could have asked for. */
export function parseIdentifier(value: unknown): Identifier | undefined {
  if (!isRecord(value)) return undefined
  const type = value['type']
  const text = asText(value['value'])
  return (type === 'dns' || type === 'ip') && text !== undefined && PRINTABLE.test(text) ? { type, value: text } : undefined
}

/** Names travel in ASCII (RFC 8555 §7.1.4), and this text is shown to people. */
const PRINTABLE = /^[\x21-\x7e]{1,255}$/

function canonicalValue(identifier: Identifier): string {
  return identifier.type === 'ip' ? (canonicalIp(identifier.value) ?? identifier.value) : identifier.value.toLowerCase()
}

function firstOfEach(identifiers: readonly Identifier[]): readonly Identifier[] {
  return [...new Map(identifiers.map((identifier) => [`${identifier.type}:${identifier.value}`, identifier])).values()]
}
