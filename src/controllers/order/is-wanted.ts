import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { Order } from '../../crds/order.ts'
import { signingRequestCondition } from '../../crds/reasons.ts'
import type { OwnerReference } from '../../crds/resource.ts'
import { certificateRequests } from '../../crds/resources.ts'
import { memberRecords, recordOf } from '../../issuers/pool/member-record.ts'
import { issuerOfSigner } from '../../issuers/issuer-of-signer.ts'
import { certificateSigningRequests, type CertificateSigningRequest } from '../../kube/kinds.ts'
import type { Lister } from '../../kube/lister.ts'

export interface RequestListers {
  readonly requests: Lister<CertificateRequest>
  /** undefined: the operator does not sign for Kubernetes. */
  readonly signingRequests: Lister<CertificateSigningRequest> | undefined
}

/** Whether the request that an Order is for exists, by UID. An Order that nobody asked for, or that was made by hand, gets no certificate of ours. */
export function isWanted({ requests, signingRequests }: RequestListers, order: Order): boolean {
  const owner = order.metadata.ownerReferences?.find(({ controller }) => controller === true)
  const { namespace } = order.metadata
  if (owner === undefined || namespace === undefined) return false
  switch (owner.kind) {
    case certificateRequests.kind:
      return asksFor(requests.get({ namespace, name: owner.name }), owner, order)
    case certificateSigningRequests.kind:
      return isOf(signingRequests?.get({ name: owner.name }), owner, order)
    default:
      return false
  }
}

/** An Order at an issuer that a pool has passed over is about to be deleted: it must not bring a second certificate meanwhile. */
function asksFor(request: CertificateRequest | undefined, owner: OwnerReference, { spec }: Order): boolean {
  if (request === undefined || request.metadata.uid !== owner.uid) return false
  const { kind, name } = spec.issuerRef
  const member = { kind: kind === 'ClusterIssuer' ? 'ClusterIssuer' : 'Issuer', name } as const
  return recordOf(memberRecords(request.status?.conditions), member)?.state !== 'passed-over'
}

/**
 * A signing request has no namespace, so an Order of any namespace could point at one: it has to ask for the same, of the same
 * issuer, and to be approved.
 */
function isOf(request: CertificateSigningRequest | undefined, owner: OwnerReference, { metadata, spec }: Order): boolean {
  if (request === undefined || request.metadata.uid !== owner.uid || request.spec.request !== spec.request) return false
  const signer = issuerOfSigner(request.spec.signerName)
  return (
    signer?.reference.kind === spec.issuerRef.kind &&
    signer?.reference.name === spec.issuerRef.name &&
    (signer?.namespace === undefined || signer.namespace === metadata.namespace) &&
    request.status?.conditions?.some(({ type, status }) => type === signingRequestCondition.approved && status === 'True') === true
  )
}
