import { getDomain } from 'tldts'
import type { Identifier } from '../identifier.ts'

/**
 * The names by which CAs count certificates: the registered domain of each DNS name after the public suffix list, private section
 * included, as Let's Encrypt does it; a name that is a public suffix itself, or an address, counts as it is.
 */
export function registeredDomains(identifiers: readonly Identifier[]): readonly string[] {
  return [...new Set(identifiers.map(({ type, value }) => (type === 'ip' ? value : registeredDomain(value))))]
}

function registeredDomain(name: string): string {
  const plain = name.replace(/^\*\./, '')
  return getDomain(plain, { allowPrivateDomains: true, validateHostname: false }) ?? plain
}
