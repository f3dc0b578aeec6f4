import { annotation } from '../../crds/annotations.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { Order, OrderSpec } from '../../crds/order.ts'
import { certificateRequests } from '../../crds/resources.ts'
import { apiVersionOf } from '../../crds/resource.ts'
import type { New } from '../../kube/cluster.ts'
import { copiedAnnotations } from '../../lib/copied-annotations.ts'
import { formatGoDuration, parseGoDuration } from '../../lib/go-duration.ts'
import type { CsrReading } from '../../pki/csr.ts'
import { subjectFields } from '../../pki/name.ts'
import { computedName, isShortened } from './computed-name.ts'
import { orderOfLongNameShape, orderSpecShape } from './name-shapes.ts'

/** The Order that a CertificateRequest needs: the names of its CSR, and labels and annotations for the solver choice. */
export function orderFor(
  request: CertificateRequest,
  csr: CsrReading,
  { acme, copiedAnnotationPrefixes }: { readonly acme: AcmeIssuer; readonly copiedAnnotationPrefixes: readonly string[] },
): New<Order> {
  const spec = specFor(request, csr, acme)
  return {
    metadata: {
      name: nameFor(request.metadata.name, spec),
      ...(request.metadata.namespace === undefined ? {} : { namespace: request.metadata.namespace }),
      ...(request.metadata.labels === undefined ? {} : { labels: request.metadata.labels }),
      annotations: annotationsFor(request, copiedAnnotationPrefixes),
      ownerReferences: [
        {
          apiVersion: apiVersionOf(certificateRequests),
          kind: certificateRequests.kind,
          name: request.metadata.name,
          uid: request.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec,
  }
}

function specFor(request: CertificateRequest, csr: CsrReading, acme: AcmeIssuer): OrderSpec {
  const { commonName } = subjectFields(csr.subject)
  const milliseconds = acme.enableDurationFeature === true ? parseGoDuration(request.spec.duration ?? '') : undefined
  return {
    request: request.spec.request,
    issuerRef: request.spec.issuerRef,
    ...(commonName === '' ? {} : { commonName }),
    ...(csr.sans.dnsNames.length === 0 ? {} : { dnsNames: csr.sans.dnsNames }),
    ...(csr.sans.ipAddresses.length === 0 ? {} : { ipAddresses: csr.sans.ipAddresses }),
    ...(milliseconds === undefined ? {} : { duration: formatGoDuration(milliseconds) }),
    ...(acme.profile === undefined || acme.profile === '' ? {} : { profile: acme.profile }),
  }
}

/** The hash leaves the CSR out, so that the same names requested again meet the same Order. */
function nameFor(requestName: string, spec: OrderSpec): string {
  const { request: _request, ...hashed } = spec
  return isShortened(requestName)
    ? computedName(requestName, { certificateRequestName: requestName, spec: hashed }, orderOfLongNameShape)
    : computedName(requestName, hashed, orderSpecShape)
}

/** Tools find the Certificate of an Order by its annotation, whatever the prefix rules leave out. */
function annotationsFor(request: CertificateRequest, rules: readonly string[]): Readonly<Record<string, string>> {
  const certificateName = request.metadata.annotations?.[annotation.certificateName]
  return {
    ...copiedAnnotations(request.metadata.annotations ?? {}, rules),
    ...(certificateName === undefined ? {} : { [annotation.certificateName]: certificateName }),
  }
}
