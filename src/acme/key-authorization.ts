import { createHash } from 'node:crypto'
import type { AccountKey } from './account-key.ts'

/** What proves control for a token (RFC 8555 §8.1): served as it is by http-01, hashed by dns-01 and tls-alpn-01. */
export function keyAuthorizationOf(token: string, key: AccountKey): string {
  return `${token}.${key.thumbprint}`
}

/** The content of the TXT record for dns-01 (RFC 8555 §8.4). */
export function dns01RecordValue(keyAuthorization: string): string {
  return createHash('sha256').update(keyAuthorization).digest('base64url')
}

/** The 32 bytes inside the acmeIdentifier extension of the certificate for tls-alpn-01 (RFC 8737 §3). */
export function tlsAlpn01Digest(keyAuthorization: string): Buffer {
  return createHash('sha256').update(keyAuthorization).digest()
}
