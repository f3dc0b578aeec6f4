import { createHash } from 'node:crypto'

import type { AcmeClient } from '../../acme/client.ts'
import type { PersistentRecord } from '../../acme/persistent-record.ts'
import { persistentRecord } from '../../acme/persistent-record.ts'
import type { ChallengeSpec } from '../../crds/challenge.ts'
import type { OrderChallenge } from '../../crds/order.ts'
import type { AnyIssuer } from '../signer.ts'

/** What is to be proved, and what the CA says about how. */
export interface AskedProof {
  readonly spec: Pick<ChallengeSpec, 'type' | 'token' | 'dnsName' | 'wildcard'>
  readonly offer: OrderChallenge | undefined
}

/**
 * What a Challenge holds as its key: the key authorization (RFC 8555 §8.1), for DNS-01 its digest, which is what is published (§8.4), and for
 * DNS-PERSIST-01 the value of the record. Undefined when the account of the issuer must not be named in such a record.
 */
export function challengeKey(asked: AskedProof, issuer: AnyIssuer, client: AcmeClient): string | undefined {
  switch (asked.spec.type) {
    case 'DNS-01':
      return createHash('sha256').update(client.keyAuthorization(asked.spec.token)).digest('base64url')
    case 'DNS-PERSIST-01':
      return recordFor(asked, issuer, client)?.value
    case 'HTTP-01':
    case 'TLS-ALPN-01':
      return client.keyAuthorization(asked.spec.token)
  }
}

/** The record that DNS-PERSIST-01 needs; undefined for everything else. */
export function recordFor({ spec, offer }: AskedProof, issuer: AnyIssuer, client: AcmeClient): PersistentRecord | undefined {
  const { issuerDomainNames, accountHashPrefix } = offer ?? {}
  if (spec.type !== 'DNS-PERSIST-01' || issuerDomainNames === undefined) return undefined
  return persistentRecord(
    { dnsName: spec.dnsName, isWildcard: spec.wildcard === true },
    { issuerDomainNames, ...(accountHashPrefix === undefined ? {} : { accountHashPrefix }) },
    { url: issuer.status?.acme?.uri ?? '', thumbprint: client.thumbprint(), server: issuer.spec.acme?.server ?? '' },
  )
}
