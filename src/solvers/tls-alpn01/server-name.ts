import { parseIpAddress } from '../../pki/ip-address.ts'

/**
 * The server name by which the CA asks for the certificate of an identifier: the name itself, or the reverse name of an address, as
 * there are no addresses in the SNI extension (RFC 8738 §6). undefined: it is no host name.
 */
export function serverNameOf(identifier: string): string | undefined {
  const address = parseIpAddress(identifier)
  if (address !== undefined) return reverseName(address)
  const name = identifier.toLowerCase().replace(/\.$/, '')
  // It becomes part of a rule in the language of an ingress controller.
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) ? name : undefined
}

/** RFC 1035 §3.5, and RFC 3596 §2.5 for IPv6. */
function reverseName(address: Uint8Array): string {
  if (address.length === 4) return `${address.toReversed().join('.')}.in-addr.arpa`
  const nibbles = Buffer.from(address).toString('hex').split('').reverse()
  return `${nibbles.join('.')}.ip6.arpa`
}
