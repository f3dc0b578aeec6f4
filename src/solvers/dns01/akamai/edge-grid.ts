import { createHash, createHmac } from 'node:crypto'
import type { Redacted } from '../../../lib/redacted.ts'
import type { Instant } from '../../../lib/instant.ts'

export interface EdgeGridCredentials {
  readonly clientToken: Redacted<string>
  readonly clientSecret: Redacted<string>
  readonly accessToken: Redacted<string>
}

export interface EdgeGridRequest {
  readonly method: string
  readonly url: URL
  readonly body?: string
}

/**
 * The Authorization header of a request to an API of Akamai, by its scheme EG1-HMAC-SHA256: a key that is good for this second, made of the
 * client secret, signs what is asked. Only a POST has its body signed, and no header is.
 */
export function edgeGridAuthorization(
  { method, url, body = '' }: EdgeGridRequest,
  { clientToken, clientSecret, accessToken }: EdgeGridCredentials,
  { now, nonce }: { readonly now: Instant; readonly nonce: string },
): string {
  const timestamp = timestampOf(now)
  const unsigned = `EG1-HMAC-SHA256 client_token=${clientToken.reveal()};access_token=${accessToken.reveal()};timestamp=${timestamp};nonce=${nonce};`
  const key = hmac(clientSecret.reveal(), timestamp)
  const bodyHash = method === 'POST' && body !== '' ? createHash('sha256').update(body).digest('base64') : ''
  const signedHeaders = ''
  const signed = [method, url.protocol.slice(0, -1), url.host, `${url.pathname}${url.search}`, signedHeaders, bodyHash, unsigned].join('\t')
  return `${unsigned}signature=${hmac(key, signed)}`
}

/** `20140321T19:34:21+0000`. */
function timestampOf(now: Instant): string {
  const text = new Date(now).toISOString()
  return `${text.slice(0, 10).replaceAll('-', '')}T${text.slice(11, 19)}+0000`
}

function hmac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64')
}
