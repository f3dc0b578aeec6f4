import type { KeyObject } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'

import type { Clock } from '../../lib/clock.ts'
import { boundedMap } from '../../lib/bounded-map.ts'
import { encodePrivateKey, generatePrivateKey } from '../../pki/private-key.ts'
import type { AnsweredChallenges } from './answered-challenges.ts'
import { validationCertificate, type Proof } from './validation-certificate.ts'

/** The only protocol that is spoken (RFC 8737 §6.2). */
export const ACME_TLS = 'acme-tls/1'

export interface TlsAlpn01Answers {
  /** The certificate for a connection with that server name; undefined: there is nothing to answer. */
  readonly answer: (serverName: string) => Promise<SecureContext | undefined>
}

/** A certificate is good for a week. */
const MOST_CONTEXTS = 1_000

/** Answers the CA out of the Challenge cache. Every replica does, leader or not. The private key proves nothing and lives in this process only. */
export function tlsAlpn01Answers({ answered, clock }: { readonly answered: AnsweredChallenges; readonly clock: Clock }): TlsAlpn01Answers {
  const contexts = boundedMap<string, Promise<SecureContext>>(MOST_CONTEXTS)
  let key: Promise<KeyObject> | undefined
  return {
    answer: async (serverName) => {
      const challenge = answered.of(serverName.toLowerCase())
      if (challenge === undefined) return undefined
      const { dnsName: identifier, key: keyAuthorization } = challenge.spec
      const known = contexts.get(keyAuthorization)
      if (known !== undefined) return known
      key ??= generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
      const context = contextFor({ identifier, keyAuthorization }, await key, clock)
      contexts.set(keyAuthorization, context)
      return context
    },
  }
}

async function contextFor(proof: Proof, key: KeyObject, clock: Clock): Promise<SecureContext> {
  const cert = await validationCertificate(proof, key, clock.now())
  return createSecureContext({ cert, key: encodePrivateKey(key, 'PKCS8').reveal(), minVersion: 'TLSv1.2' })
}
