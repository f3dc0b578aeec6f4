import { boundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { withAnswerCache } from './answer-cache.ts'
import type { ByHttps } from './ask.ts'
import type { Resolver } from './resolver.ts'
import { createResolver } from './resolver.ts'
import type { ServerAddress } from './server-address.ts'
import { showServerAddress } from './server-address.ts'

export type ResolverAt = (servers: readonly ServerAddress[]) => Resolver

/** Issuers may name servers of their own. */
const MOST = 100

/** One resolver for each list of servers, so that all names of a zone profit from what it remembers. `byHttps` is the way to servers that are asked over HTTPS. */
export function resolvers(clock: Clock, byHttps?: ByHttps): ResolverAt {
  const known = boundedMap<string, Resolver>(MOST)
  return (servers) => {
    const key = servers.map((server) => (server.kind === 'https' ? server.url : showServerAddress(server))).join(' ')
    const resolver = known.get(key) ?? withAnswerCache(createResolver(servers, byHttps), clock)
    known.set(key, resolver)
    return resolver
  }
}
