import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { conditionType } from '../../crds/reasons.ts'
import { readIssuer as readOwnIssuer, type IssuerSources } from '../../issuers/issuer-reading.ts'
import type { Lister } from '../../kube/lister.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import type { IssuerReading, World } from './world.ts'

/** What the CertificateRequest controller reads. */
export interface CertificateRequestSources extends IssuerSources {
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
  return { request, issuer: readIssuer(sources, request), mayApprove: isUndecided && (await sources.mayApprove(request, signal)) }
}

function readIssuer(sources: CertificateRequestSources, request: CertificateRequest): IssuerReading {
  const { issuerRef } = request.spec
  if ((issuerRef.group || 'cert-manager.io') !== 'cert-manager.io') return { kind: 'foreign' }
  return readOwnIssuer(issuerRef, request.metadata.namespace, sources)
}
