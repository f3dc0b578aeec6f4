import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { readIssuer, whyNotReady, type IssuerSources } from '../../issuers/issuer-reading.ts'
import { isSameMember, memberRecords } from '../../issuers/pool/member-record.ts'
import { referenceTo, type AnyIssuerPool } from '../../issuers/pool/pool-reading.ts'
import type { Index, Lister } from '../../kube/lister.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import type { World } from './world.ts'

/** What the controller of issuer pools reads. */
export interface IssuerPoolSources extends IssuerSources {
  readonly pools: Lister<AnyIssuerPool>
  /** The requests to a pool that passed an issuer over, by its `poolPath`. */
  readonly failedOverOf: Index<CertificateRequest>
}

/** Gathers the world of one pool; undefined when it is gone. */
export function observe(sources: IssuerPoolSources, key: ObjectKey): World | undefined {
  const pool = sources.pools.get(nameOf(key))
  if (pool === undefined) return undefined
  const records = sources
    .failedOverOf(poolPath(pool))
    .flatMap(({ status }) => memberRecords(status?.conditions))
    // A rate limit may be about the names of one request, a refusal always is: neither says anything to others.
    .filter(({ state, cause }) => state === 'passed-over' && cause === 'Outage')
  return {
    pool,
    members: pool.spec.issuers.map((reference) => ({
      reference,
      notReady: whyNotReady(readIssuer(referenceTo(reference), pool.metadata.namespace, sources)),
      passedOver: records.filter(({ member }) => isSameMember(member, reference)),
    })),
  }
}

/** By which requests to a pool are indexed. */
export function poolPath({ kind, metadata }: Pick<AnyIssuerPool, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}
