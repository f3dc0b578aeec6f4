import { HOUR, MINUTE, SECOND } from '../../lib/instant.ts'
import type { Rate } from './token-bucket.ts'

/** What a CA lets its users order. A limit that is missing is not known, and learned from refusals alone. */
export interface PublishedLimits {
  /** New orders of one account. */
  readonly account?: Rate
  /** Certificates below one registered domain, whoever orders them. */
  readonly registeredDomain?: Rate
  /** Certificates for exactly the same set of identifiers. */
  readonly identifierSet?: Rate
}

/** The limits that the CA behind a directory publishes; none for a CA that is not known here. */
export function publishedLimits(directoryUrl: string): PublishedLimits {
  const host = URL.canParse(directoryUrl) ? new URL(directoryUrl).host : ''
  return limitsByHost[host] ?? {}
}

/** https://letsencrypt.org/docs/rate-limits/: buckets that hold as much as the limit and fill up evenly. */
const letsEncrypt: PublishedLimits = {
  account: { capacity: 300, refill: 36 * SECOND },
  registeredDomain: { capacity: 50, refill: 202 * MINUTE },
  identifierSet: { capacity: 5, refill: 34 * HOUR },
}

/** https://letsencrypt.org/docs/staging-environment/ and Buypass's page on rate limits, both of 2026. */
const limitsByHost: Readonly<Record<string, PublishedLimits>> = {
  'acme-v02.api.letsencrypt.org': letsEncrypt,
  'acme-staging-v02.api.letsencrypt.org': { account: { capacity: 1_500, refill: 7.2 * SECOND } },
  'api.buypass.com': {
    registeredDomain: { capacity: 20, refill: (7 * 24 * HOUR) / 20 },
    identifierSet: { capacity: 5, refill: (7 * 24 * HOUR) / 5 },
  },
}
