import { createHash } from 'node:crypto'

/** What is published for a challenge: the key authorization (RFC 8555 §8.3), or its digest in a TXT record (§8.4). */
export function challengeKey(keyAuthorization: string, type: 'HTTP-01' | 'DNS-01'): string {
  return type === 'HTTP-01' ? keyAuthorization : createHash('sha256').update(keyAuthorization).digest('base64url')
}
