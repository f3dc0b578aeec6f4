import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { conditionType } from '../../crds/reasons.ts'
import { issuerTypeOf, type IssuerType } from '../../issuers/issuer-type.ts'
import { findIssuer, type IssuerListers } from '../../issuers/find-issuer.ts'
import type { Signer } from '../../issuers/signer.ts'
import type { Lister } from '../../kube/lister.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import type { IssuerReading, World } from './world.ts'

/** What the CertificateRequest controller reads. */
export interface CertificateRequestSources extends IssuerListers {
  readonly requests: Lister<CertificateRequest>
  readonly signers: Readonly<Partial<Record<IssuerType, Signer>>>
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
  const what = `${issuerRef.kind || 'Issuer'} ${JSON.stringify(issuerRef.name)}`
  const issuer = findIssuer(issuerRef, request.metadata.namespace, sources)
  if (issuer === undefined) return { kind: 'missing', what }
  const type = issuerTypeOf(issuer.spec)
  if (type === undefined) return { kind: 'typeless', what }
  const ready = issuer.status?.conditions?.find((condition) => condition.type === conditionType.ready)
  const signer = sources.signers[type]
  if (ready?.status !== 'True' || signer === undefined)
    return { kind: 'not-ready', what, why: ready?.message ?? 'it has no Ready condition yet' }
  return { kind: 'ready', issuer, type, isLocal: signer.isLocal }
}
