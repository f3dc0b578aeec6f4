import { annotation } from '../../crds/annotations.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { ApprovedRequest } from '../../issuers/signer.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { usagesOf } from '../../pki/usages.ts'

/** What a signer needs of a CertificateRequest. */
export function approvedRequest(request: CertificateRequest): ApprovedRequest {
  const { metadata, spec } = request
  const isCA = spec.isCA ?? false
  return {
    origin: request,
    namespace: metadata.namespace ?? '',
    csr: spec.request,
    duration: spec.duration === undefined ? undefined : parseGoDuration(spec.duration),
    mayOutliveCa: false,
    bindsCsr: true,
    isCA,
    usages: usagesOf(spec.usages, { isCA }),
    issuerRef: spec.issuerRef,
    keySecret: { annotation: annotation.privateKeySecretName, name: metadata.annotations?.[annotation.privateKeySecretName] ?? '' },
  }
}
