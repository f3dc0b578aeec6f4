import { createHash } from 'node:crypto'

import type { ChallengeSpec } from '../../crds/challenge.ts'

/** What a Challenge holds as its key: the key authorization (RFC 8555 §8.1), or for DNS-01 its digest, which is what is published (§8.4). */
export function challengeKey(keyAuthorization: string, type: ChallengeSpec['type']): string {
  return type === 'DNS-01' ? createHash('sha256').update(keyAuthorization).digest('base64url') : keyAuthorization
}
