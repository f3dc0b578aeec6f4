import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { conditionType } from '../../crds/reasons.ts'
import { readIssuer as readOwnIssuer } from '../../issuers/issuer-reading.ts'
import { findPool, isPoolReference, readPool, referenceTo, type PoolSources } from '../../issuers/pool/pool-reading.ts'
import type { Lister } from '../../kube/lister.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import { approvedRequest } from './approved-request.ts'
import type { IssuerReading, World } from './world.ts'

/** What the CertificateRequest controller reads. */
export interface CertificateRequestSources extends PoolSources {
  readonly requests: Lister<CertificateRequest>
  /** Asked only for a request that is not approved yet. */
  readonly mayApprove: (request: CertificateRequest, signal: AbortSignal) => Promise<boolean>
}

/** Gathers the world of one CertificateRequest; undefined when it is gone. */
export async function observe(sources: CertificateRequestSources, key: ObjectKey, signal: AbortSignal): Promise<World | undefined> {
  const request = sources.requests.get(nameOf(key))
  if (request === undefined) return undefined
  const isUndecided =
    request.status?.conditions?.some(({ type }) => type === conditionType.approved || type === conditionType.denied) !== true
  const issuer = readIssuer(sources, request)
  return {
    request,
    issuer,
    mayApprove: isUndecided && (await mayApprove(sources, { request, issuer }, signal)),
    awaited: isUndecided ? awaited(sources, { request, issuer }) : undefined,
  }
}

function awaited({ signers }: CertificateRequestSources, { request, issuer }: Pick<World, 'request' | 'issuer'>): string | undefined {
  return issuer.kind === 'ready' ? signers[issuer.type]?.awaits?.(approvedRequest(request), issuer.issuer) : undefined
}

/** Whoever may approve for a pool decides about its issuers: approving takes the permission for each of them too. */
async function mayApprove(
  sources: CertificateRequestSources,
  { request, issuer }: Pick<World, 'request' | 'issuer'>,
  signal: AbortSignal,
): Promise<boolean> {
  const members = issuer.kind === 'pool' ? issuer.pool.members.map(referenceTo) : []
  for (const issuerRef of [request.spec.issuerRef, ...members]) {
    if (!(await sources.mayApprove({ ...request, spec: { ...request.spec, issuerRef } }, signal))) return false
  }
  return true
}

function readIssuer(sources: CertificateRequestSources, { metadata, spec: { issuerRef } }: CertificateRequest): IssuerReading {
  if (isPoolReference(issuerRef)) {
    const pool = findPool(issuerRef, metadata.namespace ?? '', sources)
    return pool === undefined
      ? { kind: 'missing', what: `${issuerRef.kind ?? ''} ${JSON.stringify(issuerRef.name)}` }
      : { kind: 'pool', pool: readPool(pool, sources) }
  }
  if ((issuerRef.group || 'cert-manager.io') !== 'cert-manager.io') return { kind: 'foreign' }
  return readOwnIssuer(issuerRef, metadata.namespace, sources)
}
