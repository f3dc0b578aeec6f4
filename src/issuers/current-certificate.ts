import type { KeyObject } from 'node:crypto'
import type { Certificate } from '../crds/certificate.ts'
import type { CertificateRequest } from '../crds/certificate-request.ts'
import type { IssuerReference } from '../crds/references.ts'
import type { Cluster } from '../kube/cluster.ts'
import { secrets } from '../kube/kinds.ts'
import type { Index } from '../kube/lister.ts'
import { readCertificate, type CertificateReading } from '../pki/certificate.ts'
import { parsePrivateKey, publicKeyFingerprint } from '../pki/private-key.ts'
import { issuedBy, issuedLeaf } from './issued-by.ts'
import { isPoolReference } from './pool/pool-reading.ts'

/** The certificate that a Certificate stands on, and who issued it. */
export type CurrentCertificate =
  | { readonly kind: 'ok'; readonly leaf: CertificateReading; readonly issuerRef: IssuerReference }
  | { readonly kind: 'missing'; readonly why: string }

export interface CurrentCertificateSources {
  readonly cluster: Pick<Cluster, 'get'>
  /** By the UID of the controlling owner. */
  readonly requestsByOwner: Index<CertificateRequest>
}

/**
 * What the Secret of a Certificate holds; where it is gone, what the newest request brought. Anybody may put a certificate of somebody else
 * into a Secret, so one counts only beside its own private key, or when a request of this Certificate brought it.
 */
export async function currentCertificate(
  { cluster, requestsByOwner }: CurrentCertificateSources,
  certificate: Certificate,
  signal: AbortSignal,
): Promise<CurrentCertificate> {
  const brought = requestsByOwner(certificate.metadata.uid ?? '').flatMap((request) => {
    const leaf = issuedLeaf(request)
    return leaf === undefined ? [] : [{ request, leaf }]
  })
  const stored = await readStored(cluster, certificate, signal)
  const request = brought.find(({ leaf }) => stored?.leaf.serialNumber === leaf.serialNumber && isSame(stored.leaf, leaf))
  if (request !== undefined) return from(request.leaf, issuedBy(request.request))
  if (stored?.key !== undefined && publicKeyFingerprint(stored.key) === stored.leaf.publicKeyFingerprint) {
    const { issuerRef } = certificate.spec
    return from(stored.leaf, isPoolReference(issuerRef) ? undefined : issuerRef)
  }
  const newest = brought.toSorted((a, b) => b.leaf.notBefore - a.leaf.notBefore)[0]
  if (stored === undefined && newest !== undefined) return from(newest.leaf, issuedBy(newest.request))
  const secretName = JSON.stringify(certificate.spec.secretName)
  return {
    kind: 'missing',
    why: `Secret ${secretName} holds no certificate that was issued for Certificate ${JSON.stringify(certificate.metadata.name)}`,
  }
}

/** The private key in the Secret of a Certificate, if it belongs to that certificate. */
export async function privateKeyOf(
  cluster: Pick<Cluster, 'get'>,
  certificate: Certificate | undefined,
  leaf: CertificateReading,
  signal: AbortSignal,
): Promise<KeyObject | undefined> {
  const stored = certificate === undefined ? undefined : await readStored(cluster, certificate, signal)
  const key = stored?.key
  return key !== undefined && publicKeyFingerprint(key) === leaf.publicKeyFingerprint ? key : undefined
}

interface Stored {
  readonly leaf: CertificateReading
  readonly key: KeyObject | undefined
}

async function readStored(
  cluster: Pick<Cluster, 'get'>,
  { metadata: { namespace = '' }, spec }: Certificate,
  signal: AbortSignal,
): Promise<Stored | undefined> {
  const secret = await cluster.get(secrets, { namespace, name: spec.secretName }, signal)
  const leaf = readCertificate(Buffer.from(secret?.data?.['tls.crt'] ?? '', 'base64'))
  if (leaf.kind === 'unreadable') return undefined
  const key = parsePrivateKey(Buffer.from(secret?.data?.['tls.key'] ?? '', 'base64'))
  return { leaf: leaf.certificate, key: key.kind === 'ok' ? key.key : undefined }
}

function from(leaf: CertificateReading, issuerRef: IssuerReference | undefined): CurrentCertificate {
  if (issuerRef !== undefined) return { kind: 'ok', leaf, issuerRef }
  return {
    kind: 'missing',
    why: `no CertificateRequest says any more which issuer of its pool issued the certificate ${leaf.serialNumber}`,
  }
}

function isSame(a: CertificateReading, b: CertificateReading): boolean {
  return Buffer.compare(a.der, b.der) === 0
}
