import type { Instant } from '../lib/instant.ts'
import { parseRfc3339 } from '../lib/instant.ts'
import { asText, isRecord } from './json.ts'
import { webPage } from './web-page.ts'

/** When the CA wants a certificate to be renewed (RFC 9773 §4.2). */
export interface RenewalInfo {
  readonly suggestedWindow: { readonly start: Instant; readonly end: Instant }
  /** An https page for people. */
  readonly explanationUrl?: string
  /** When to ask again (RFC 9773 §4.3.1). */
  readonly retryAfter?: Instant
}

/** A suggestion from the CA's answer; undefined when it is none. A window that ends before it starts is none (RFC 9773 §4.2). */
export function parseRenewalInfo(body: unknown, retryAfter: Instant | undefined): RenewalInfo | undefined {
  if (!isRecord(body) || !isRecord(body['suggestedWindow'])) return undefined
  const start = parseRfc3339(asText(body['suggestedWindow']['start']))
  const end = parseRfc3339(asText(body['suggestedWindow']['end']))
  if (start === undefined || end === undefined || end <= start) return undefined

  const explanationUrl = webPage(asText(body['explanationURL']))
  return {
    suggestedWindow: { start, end },
    ...(explanationUrl === undefined ? {} : { explanationUrl }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}
