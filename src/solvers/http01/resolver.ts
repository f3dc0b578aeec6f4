import { lookup, Resolver } from 'node:dns/promises'

/** The addresses of a name, IPv4 and IPv6; `unknown` when nobody could be asked. Never throws. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<Resolution>

export type Resolution = { readonly kind: 'known'; readonly addresses: readonly string[] } | { readonly kind: 'unknown' }

/** Asks the given nameservers (`address:port`), or the system where none are given (`--acme-http01-solver-nameservers`). */
export function createResolver(nameservers: readonly string[]): Resolve {
  return nameservers.length === 0 ? bySystem : (name) => byNameservers(nameservers, name)
}

async function bySystem(name: string): Promise<Resolution> {
  try {
    return { kind: 'known', addresses: (await lookup(name, { all: true })).map(({ address }) => address) }
  } catch (error) {
    return isDefinite(error) ? { kind: 'known', addresses: [] } : { kind: 'unknown' }
  }
}

async function byNameservers(nameservers: readonly string[], name: string): Promise<Resolution> {
  const resolver = new Resolver({ timeout: 1_500, tries: 2 })
  resolver.setServers([...nameservers])
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const isUnknown = addresses.length === 0 && answers.some((answer) => answer.status === 'rejected' && !isDefinite(answer.reason))
  return isUnknown ? { kind: 'unknown' } : { kind: 'known', addresses }
}

/** Whether an error says that there is no address, and not that nobody answered. */
function isDefinite(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')
}
