import { lookup as lookUp } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { addressKind } from '../lib/address-kind.ts'
import type { AddressKind } from '../lib/address-kind.ts'
import { HttpFault } from '../lib/http-fault.ts'

/**
 * Which hosts of those that a CA names are asked. Its URLs may be anywhere (RFC 8555 §7.1), but a CA outside must not make the operator ask
 * servers inside: only a CA that is inside itself may name those. Nobody may name a link-local address, where clouds keep their metadata.
 */
export interface HostRules {
  /** Why this URL is not asked, as far as its text tells; undefined when it may be. */
  readonly refusalOf: (url: URL) => string | undefined
  /** Finds the addresses of a name, without those that are not asked. Fails with an `HttpFault` when no other is left. */
  readonly lookup: LookupFunction
}

type FindAddresses = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void

/** The rules for the CA with this directory. What they know of where it is they learn when its name is looked up. */
export function hostRules(directoryUrl: string, find: FindAddresses = lookUp): HostRules {
  const home = URL.canParse(directoryUrl) ? hostOf(new URL(directoryUrl)) : ''
  let homeDepth = depthOf(addressKind(home))

  const whyNot = (host: string, kind: AddressKind | undefined): string | undefined => {
    if (kind === 'link-local') return `${host} is at a link-local address, which is never asked`
    if (host === home || depthOf(kind) <= homeDepth) return undefined
    return `${host} is at a ${kind ?? 'hidden'} address, which only a CA that is at one itself may name`
  }

  return {
    refusalOf: (url) => {
      const host = hostOf(url)
      return metadataNames.has(host) ? whyNot(host, 'link-local') : whyNot(host, addressKind(host))
    },
    lookup: (hostname, options, callback) =>
      find(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '')
        if (hostname === home) homeDepth = Math.max(...addresses.map(({ address }) => depthOf(addressKind(address))))
        const refusals = addresses.map(({ address }) => whyNot(hostname, addressKind(address)))
        const allowed = addresses.filter((_, index) => refusals[index] === undefined)
        const [first] = allowed
        if (first === undefined) return callback(new HttpFault('protocol', refusals[0] ?? `${hostname} has no address`), '')
        return options.all === true ? callback(null, [...allowed]) : callback(null, first.address, first.family)
      }),
  }
}

/** Names that a proxy would look up for us. */
const metadataNames: ReadonlySet<string> = new Set(['metadata.google.internal', 'metadata.goog'])

/** How far inside: a CA may name what lies no deeper than itself. */
const depths: Readonly<Record<AddressKind, number>> = { public: 0, private: 1, loopback: 2, 'link-local': 0 }

function depthOf(kind: AddressKind | undefined): number {
  return kind === undefined ? 0 : depths[kind]
}

/** Without the brackets of IPv6 and the dot at the end of a name. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}
