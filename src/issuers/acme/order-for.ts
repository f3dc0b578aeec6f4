import { annotation, ownAnnotation } from '../../crds/annotations.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { Order, OrderSpec } from '../../crds/order.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { New } from '../../kube/cluster.ts'
import { certificateSigningRequests } from '../../kube/kinds.ts'
import { copiedAnnotations } from '../../lib/copied-annotations.ts'
import { formatGoDuration } from '../../lib/go-duration.ts'
import type { CsrReading } from '../../pki/csr.ts'
import { subjectFields } from '../../pki/name.ts'
import type { AnyIssuer, ApprovedRequest } from '../signer.ts'
import { computedName, isShortened } from './computed-name.ts'
import { orderOfLongNameShape, orderOfLongSigningRequestNameShape, orderSpecShape } from './name-shapes.ts'

export interface OrderOptions {
  readonly acme: AcmeIssuer
  readonly copiedAnnotationPrefixes: readonly string[]
  /** The ARI identifier of the certificate that this one takes the place of. */
  readonly replaces: string | undefined
  /** The URL of the issuer's account. */
  readonly account: string | undefined
}

/** The Order that an approved request needs: the names of its CSR, and labels and annotations for the solver choice. */
export function orderFor(
  request: ApprovedRequest,
  csr: CsrReading,
  { acme, copiedAnnotationPrefixes, replaces, account }: OrderOptions,
): New<Order> {
  const { apiVersion, kind, metadata } = request.origin
  const spec = specFor(request, csr, { acme, replaces })
  return {
    metadata: {
      name: nameFor(request.origin, spec),
      namespace: request.namespace,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: {
        ...annotationsFor(metadata, copiedAnnotationPrefixes),
        ...(account === undefined ? {} : { [ownAnnotation.acmeAccount]: account }),
      },
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true }],
    },
    spec,
  }
}

function specFor(request: ApprovedRequest, csr: CsrReading, { acme, replaces }: Pick<OrderOptions, 'acme' | 'replaces'>): OrderSpec {
  const { commonName } = subjectFields(csr.subject)
  const profile = request.origin.metadata.annotations?.[ownAnnotation.acmeProfile] || (acme.profile ?? '')
  const milliseconds = acme.enableDurationFeature === true ? request.duration : undefined
  return {
    request: request.csr,
    issuerRef: request.issuerRef,
    ...(commonName === '' ? {} : { commonName }),
    ...(csr.sans.dnsNames.length === 0 ? {} : { dnsNames: csr.sans.dnsNames }),
    ...(csr.sans.ipAddresses.length === 0 ? {} : { ipAddresses: csr.sans.ipAddresses }),
    ...(milliseconds === undefined ? {} : { duration: formatGoDuration(milliseconds) }),
    ...(profile === '' ? {} : { profile }),
    ...(replaces === undefined ? {} : { replaces }),
  }
}

/** The hash leaves the CSR out, so that the same names requested again meet the same Order. */
function nameFor({ kind, metadata: { name } }: KubeObject, spec: OrderSpec): string {
  const { request: _request, ...hashed } = spec
  if (!isShortened(name)) return computedName(name, hashed, orderSpecShape)
  return kind === certificateSigningRequests.kind
    ? computedName(name, { certificateSigningRequestName: name, spec: hashed }, orderOfLongSigningRequestNameShape)
    : computedName(name, { certificateRequestName: name, spec: hashed }, orderOfLongNameShape)
}

/** Tools find the Certificate of an Order by its annotation, whatever the prefix rules leave out. */
function annotationsFor({ annotations = {} }: KubeObject['metadata'], rules: readonly string[]): Readonly<Record<string, string>> {
  const certificateName = annotations[annotation.certificateName]
  return {
    ...copiedAnnotations(annotations, rules),
    ...(certificateName === undefined ? {} : { [annotation.certificateName]: certificateName }),
  }
}

/** Whether an Order was made for another account than its issuer has now: that one's CA may not even know it. */
export function isOfOtherAccount({ metadata }: Order, { status }: AnyIssuer): boolean {
  const made = metadata.annotations?.[ownAnnotation.acmeAccount]
  return made !== undefined && status?.acme?.uri !== undefined && made !== status.acme.uri
}
