import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { CertificateRevocation } from '../../crds/certificate-revocation.ts'
import { conditionType } from '../../crds/reasons.ts'
import type { IssuerReference } from '../../crds/references.ts'
import { currentCertificate, type CurrentCertificateSources } from '../../issuers/current-certificate.ts'
import { issuedBy, issuedLeaf } from '../../issuers/issued-by.ts'
import { readIssuer, type IssuerSources } from '../../issuers/issuer-reading.ts'
import type { Lister } from '../../kube/lister.ts'
import { controllerReference } from '../../lib/controller-uid.ts'
import { parseRfc3339 } from '../../lib/instant.ts'
import { readCertificate, type CertificateReading } from '../../pki/certificate.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import type { CertificateView, Target, TargetLeaf, World } from './world.ts'

/** What the controller of revocations reads. */
export interface RevocationSources extends IssuerSources, CurrentCertificateSources {
  readonly revocations: Lister<CertificateRevocation>
  readonly certificates: Lister<Certificate>
  readonly requests: Lister<CertificateRequest>
}

/** Gathers the world of one revocation; undefined when it is gone. Reads the Secret of its Certificate live, until it is revoked. */
export async function observe(sources: RevocationSources, key: ObjectKey, signal: AbortSignal): Promise<World | undefined> {
  const revocation = sources.revocations.get(nameOf(key))
  if (revocation === undefined) return undefined
  if (revocation.status?.revokedAt !== undefined)
    return { revocation, target: { kind: 'missing', why: '' }, issuer: undefined, certificate: undefined }
  const target = await targetOf(sources, revocation, signal)
  const issuerRef = revocation.status?.issuerRef
  return {
    revocation,
    target,
    issuer: issuerRef === undefined ? undefined : issuerOf(sources, issuerRef, revocation),
    certificate: await certificateView(sources, revocation, signal),
  }
}

/** The Certificate that a revocation is about, by its status or its spec. */
export function certificateOf(
  sources: Pick<RevocationSources, 'certificates'>,
  revocation: CertificateRevocation,
): Certificate | undefined {
  const { namespace = '' } = revocation.metadata
  const name = revocation.status?.certificateName ?? revocation.spec.certificateRef?.name
  return name === undefined ? undefined : sources.certificates.get({ namespace, name })
}

/** The certificate that the status remembers; undefined before that. */
export function capturedLeaf({ status }: CertificateRevocation): CertificateReading | undefined {
  const reading = readCertificate(Buffer.from(status?.certificate ?? '', 'base64'))
  return reading.kind === 'ok' ? reading.certificate : undefined
}

async function targetOf(sources: RevocationSources, revocation: CertificateRevocation, signal: AbortSignal): Promise<Target> {
  const captured = capturedLeaf(revocation)
  if (captured !== undefined) return { kind: 'captured', ...targetLeaf(captured) }
  const { certificateRef, serialNumber = '' } = revocation.spec
  if (certificateRef === undefined) return bySerialNumber(sources, revocation, serialNumber)
  const certificate = certificateOf(sources, revocation)
  if (certificate === undefined) return { kind: 'missing', why: `Certificate ${JSON.stringify(certificateRef.name)} does not exist` }
  const current = await currentCertificate(sources, certificate, signal)
  if (current.kind === 'missing') return current
  return { kind: 'found', ...targetLeaf(current.leaf), issuerRef: current.issuerRef, certificateName: certificate.metadata.name }
}

/** Only what requests of the namespace brought, which no user can write: a certificate alone is public, and might be a neighbor's. */
function bySerialNumber({ requests }: RevocationSources, { metadata }: CertificateRevocation, wanted: string): Target {
  const serialNumber = wanted
    .toLowerCase()
    .replaceAll(':', '')
    .replace(/^(00)+(?=.)/, '')
  for (const request of requests.list(metadata.namespace)) {
    const leaf = issuedLeaf(request)
    if (leaf?.serialNumber !== serialNumber) continue
    const issuerRef = issuedBy(request)
    if (issuerRef === undefined) continue
    const owner = controllerReference(request)
    return { kind: 'found', ...targetLeaf(leaf), issuerRef, certificateName: owner?.kind === 'Certificate' ? owner.name : '' }
  }
  return {
    kind: 'missing',
    why: `no CertificateRequest of this namespace brought a certificate with the serial number ${serialNumber}; those beyond spec.revisionHistoryLimit of a Certificate are deleted`,
  }
}

function targetLeaf({ serialNumber, publicKeyFingerprint, notAfter, der }: CertificateReading): TargetLeaf {
  return { serialNumber, publicKeyFingerprint, notAfter, der }
}

function issuerOf(sources: RevocationSources, reference: IssuerReference, { metadata }: CertificateRevocation): World['issuer'] {
  const group = reference.group || 'cert-manager.io'
  if (group !== 'cert-manager.io') return { kind: 'foreign', what: `${reference.kind ?? ''} ${JSON.stringify(reference.name)} of ${group}` }
  return readIssuer(reference, metadata.namespace, sources)
}

async function certificateView(
  sources: RevocationSources,
  revocation: CertificateRevocation,
  signal: AbortSignal,
): Promise<CertificateView | undefined> {
  const certificate = revocation.spec.reissue === 'First' ? certificateOf(sources, revocation) : undefined
  if (certificate === undefined) return undefined
  const conditions = certificate.status?.conditions ?? []
  const issuing = conditions.find(({ type }) => type === conditionType.issuing)
  const current = await currentCertificate(sources, certificate, signal)
  return {
    name: certificate.metadata.name,
    isReady: conditions.some(({ type, status }) => type === conditionType.ready && status === 'True'),
    isIssuing: issuing?.status === 'True',
    stored: current.kind === 'ok' ? targetLeaf(current.leaf) : undefined,
    failedAt: parseRfc3339(certificate.status?.lastFailureTime),
    failure: issuing?.message ?? '',
  }
}
