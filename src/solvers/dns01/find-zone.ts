import { isWithin, parentOf } from '../../dns/name.ts'
import { rcodes } from '../../dns/message.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { OperatorError } from '../../lib/operator-error.ts'

/** The zone that holds a name, by its SOA record. Throws `dns01/noZone` or `dns/noAnswer`. */
export async function findZone(resolver: Resolver, name: string, signal: AbortSignal): Promise<string> {
  for (let at = name; at !== ''; at = parentOf(at)) {
    const { answers, authorities } = await resolver.ask({ name: at, type: 'SOA' }, signal)
    if (answers.some(({ type, name: owner }) => type === 'SOA' && owner === at)) return at
    // What an alias leads to is in another zone (RFC 2181 §10.1: no apex is one).
    if (answers.some(({ type }) => type === 'CNAME')) continue
    // RFC 2308 §2: an answer that there is no such record, or no such name, comes with the SOA of the zone.
    const zone = authorities.find(({ type, name: owner }) => type === 'SOA' && owner !== '' && isWithin(owner, at))
    if (zone !== undefined) return zone.name
  }
  throw new OperatorError('dns01/noZone', `There is no zone for ${name}: neither it nor a name above it has an SOA record`)
}

/** Where a chain of CNAME records ends; the name itself where there is none. Throws `dns01/cnameLoop` or `dns/noAnswer`. */
export async function followCnames(resolver: Resolver, name: string, signal: AbortSignal): Promise<string> {
  const seen = [name]
  for (let at = name; ;) {
    const { rcode, answers } = await resolver.ask({ name: at, type: 'CNAME' }, signal)
    const alias = rcode === rcodes.noError ? answers.find(({ type, name: owner }) => type === 'CNAME' && owner === at) : undefined
    if (alias === undefined || alias.type !== 'CNAME') return at
    if (seen.includes(alias.target) || seen.length > MOST_ALIASES) {
      throw new OperatorError('dns01/cnameLoop', `The CNAME records of ${name} never end: ${[...seen, alias.target].join(' → ')}`)
    }
    seen.push(alias.target)
    at = alias.target
  }
}

/** Resolvers give up sooner. */
const MOST_ALIASES = 10
