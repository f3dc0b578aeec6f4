import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { Order } from '../../crds/order.ts'
import { signingRequestCondition } from '../../crds/reasons.ts'
import type { OwnerReference } from '../../crds/resource.ts'
import { certificateRequests } from '../../crds/resources.ts'
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
      return requests.get({ namespace, name: owner.name })?.metadata.uid === owner.uid
    case certificateSigningRequests.kind:
      return isOf(signingRequests?.get({ name: owner.name }), owner, order)
    default:
      return false
  }
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
