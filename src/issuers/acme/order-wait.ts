import { parseRfc3339, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Hindrance } from '../signer.ts'

const OPENING = 'Waiting for the CA'

/** What the status of an Order or a Challenge says while its CA cannot answer. `until` is when the CA asks to come back. */
export function waitReason(description: string, until: Instant | undefined): string {
  return `${OPENING}${until === undefined ? '' : `, which asks to come back at ${toRfc3339(until)}`}: ${description}`
}

/** The same while we keep away by ourselves, because an order would go beyond the CA's limits. */
export function limitReason(description: string, until: Instant): string {
  return `${OPENING}'s limits until ${toRfc3339(until)}: ${description}`
}

/** The reverse of both; undefined when it says something else. */
export function readWaitReason(reason: string): Hindrance | undefined {
  if (!reason.startsWith(OPENING)) return undefined
  const until = parseRfc3339(/^Waiting for the CA(?:, which asks to come back at|'s limits until) (\S+Z):/.exec(reason)?.[1])
  return {
    cause: /^Waiting for the CA's limits|: 429 |urn:ietf:params:acme:error:rateLimited/.test(reason) ? 'RateLimit' : 'Outage',
    why: reason,
    ...(until === undefined ? {} : { until }),
  }
}
