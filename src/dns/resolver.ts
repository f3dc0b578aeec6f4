import { getServers } from 'node:dns'
import { isIPv6 } from 'node:net'
import { OperatorError } from '../lib/operator-error.ts'
import { ask } from './ask.ts'
import type { ByHttps } from './ask.ts'
import type { DnsMessage, Question } from './message.ts'
import { isDefinite, rcodeName } from './message.ts'
import type { ServerAddress } from './server-address.ts'
import { parseServerAddress, showServerAddress } from './server-address.ts'

/** Asks recursive servers, which ask others. */
export interface Resolver {
  readonly servers: readonly ServerAddress[]
  /** The first answer that says what there is, or that there is nothing. Throws `dns/noAnswer` with what each server did instead. */
  readonly ask: (question: Question, signal: AbortSignal) => Promise<DnsMessage>
}

/** A resolver on these servers, which are asked in their order. */
export function createResolver(servers: readonly ServerAddress[], byHttps?: ByHttps): Resolver {
  return {
    servers,
    ask: async (question, signal) => {
      const faults: string[] = []
      for (const server of servers) {
        try {
          const answer = await ask({ ...question, isRecursive: true, byHttps }, server, signal)
          if (isDefinite(answer)) return answer
          faults.push(`${showServerAddress(server)}: ${rcodeName(answer.rcode)}`)
        } catch (error) {
          if (!(error instanceof OperatorError)) throw error
          faults.push(error.message)
        }
      }
      const why = faults.length === 0 ? 'there is no DNS server to ask' : faults.join('; ')
      throw new OperatorError('dns/noAnswer', `${question.name} (${question.type}) could not be looked up: ${why}`)
    },
  }
}

/** Those that the system uses. */
export function systemServers(): readonly ServerAddress[] {
  return getServers().flatMap((text) => parseServerAddress(isIPv6(text) ? `[${text}]` : text) ?? [])
}
