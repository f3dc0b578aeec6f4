import type { Clock } from '../lib/clock.ts'
import type { Instant } from '../lib/instant.ts'
import { plus, SECOND } from '../lib/instant.ts'
import { boundedMap } from '../lib/bounded-map.ts'
import type { DnsMessage, Question } from './message.ts'
import type { Resolver } from './resolver.ts'

/** However long a record may be kept: somebody may be about to move the zone that he asks a certificate for. */
const LONGEST = 30 * SECOND
/** Also that there is none: somebody may be about to make it. */
const LONGEST_NOTHING = 3 * SECOND
const MOST = 10_000

/**
 * A resolver that keeps answers for as long as their records may be kept (RFC 2181 §5.2), but for seconds only, and asks the same question once
 * at a time. It is for what hundreds of names of one zone have in common, and never for the record that is to be seen.
 */
export function withAnswerCache(resolver: Resolver, clock: Clock): Resolver {
  const kept = boundedMap<string, { readonly answer: DnsMessage; readonly until: Instant }>(MOST)
  const underWay = new Map<string, Promise<DnsMessage>>()

  const ask = async (key: string, question: Question, signal: AbortSignal): Promise<DnsMessage> => {
    const asking = resolver.ask(question, signal)
    underWay.set(key, asking)
    try {
      const answer = await asking
      const keep = keepFor(answer, question)
      if (keep > 0) kept.set(key, { answer, until: plus(clock.now(), keep) })
      return answer
    } finally {
      underWay.delete(key)
    }
  }

  return {
    servers: resolver.servers,
    ask: async (question, signal) => {
      if (question.type === 'TXT') return resolver.ask(question, signal)
      const key = `${question.type} ${question.name}`
      const known = kept.get(key)
      if (known !== undefined && clock.now() < known.until) return known.answer
      const asked = underWay.get(key)
      if (asked === undefined) return ask(key, question, signal)
      const answer = await asked.catch(() => undefined)
      if (answer !== undefined) return answer
      // Who asked may have been told to stop. All who waited then ask for themselves, at once: in turn, the last would wait for ever.
      signal.throwIfAborted()
      return ask(key, question, signal)
    },
  }
}

/** In milliseconds. */
function keepFor({ answers, authorities }: DnsMessage, { type }: Question): number {
  const isThere = answers.some((record) => record.type === type)
  const ttls = [...answers, ...(isThere ? [] : authorities)].map(({ ttl }) => ttl * SECOND)
  return Math.min(isThere ? LONGEST : LONGEST_NOTHING, ...(ttls.length === 0 ? [0] : ttls))
}
