import { boundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { withAnswerCache } from './answer-cache.ts'
import type { ByHttps } from './ask.ts'
import type { Resolver } from './resolver.ts'
import { createResolver, systemServers } from './resolver.ts'
import type { ServerAddress } from './server-address.ts'
import { showServerAddress } from './server-address.ts'

/** The resolver on these servers; when none are named, on those that the operator was told, or those of the system. */
export type ResolverAt = (servers: readonly ServerAddress[]) => Resolver

export interface ResolversOptions {
  readonly clock: Clock
  /** For whoever names none. */
  readonly nameservers: readonly ServerAddress[]
  /** The way to servers that are asked over HTTPS; the process's own when not given. */
  readonly byHttps?: ByHttps
}

/** Issuers may name servers of their own. */
const MOST = 100

/** One resolver for each list of servers, so that all names of a zone profit from what it remembers. */
export function resolvers({ clock, nameservers, byHttps }: ResolversOptions): ResolverAt {
  const known = boundedMap<string, Resolver>(MOST)
  return (named) => {
    // The system's are looked up each time: its configuration may change.
    const servers = [named, nameservers].find((list) => list.length > 0) ?? systemServers()
    const key = servers.map((server) => (server.kind === 'https' ? server.url : showServerAddress(server))).join(' ')
    const resolver = known.get(key) ?? withAnswerCache(createResolver(servers, byHttps), clock)
    known.set(key, resolver)
    return resolver
  }
}
