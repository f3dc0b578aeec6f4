import { signingRequestAnnotation } from '../../crds/annotations.ts'
import { resourceNamespace } from '../../issuers/resource-namespace.ts'
import type { AnyIssuer, ApprovedRequest } from '../../issuers/signer.ts'
import { usagesOf } from '../../pki/usages.ts'
import type { World } from './world.ts'

/**
 * What a signer needs of a signing request; `duration` in milliseconds. The kind has no namespace, so the Secret that it names and
 * the Order are where the issuer's own are. Its usages are taken as they stand: a CA has to ask for `cert sign`, as with cert-manager.
 */
export function approvedRequest(
  { request, signer }: World,
  issuer: AnyIssuer,
  { duration, clusterResourceNamespace }: { readonly duration: number; readonly clusterResourceNamespace: string },
): ApprovedRequest {
  const annotations = request.metadata.annotations ?? {}
  return {
    origin: request,
    namespace: resourceNamespace(issuer, clusterResourceNamespace),
    csr: request.spec.request,
    duration,
    mayOutliveCa: true,
    bindsCsr: false,
    isCA: annotations[signingRequestAnnotation.isCa] === 'true',
    usages: usagesOf(request.spec.usages, { isCA: false }),
    issuerRef: signer.reference,
    keySecret: {
      annotation: signingRequestAnnotation.privateKeySecretName,
      name: annotations[signingRequestAnnotation.privateKeySecretName] ?? '',
    },
  }
}
