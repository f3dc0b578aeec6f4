import { ariCertId } from '../../acme/ari-cert-id.ts'
import { annotation } from '../../crds/annotations.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { Certificate } from '../../crds/certificate.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { Index, Lister } from '../../kube/lister.ts'
import type { Instant } from '../../lib/instant.ts'
import { isSameIssuer } from '../is-same-issuer.ts'
import { issuedLeaf as leafOfRequest } from '../issued-by.ts'

/** A Secret as far as it tells which certificate it holds, and from whom. */
export interface IssuedSecret extends KubeObject {
  readonly certificateName: string | undefined
  readonly issuer: { readonly name: string | undefined; readonly kind: string | undefined; readonly group: string | undefined }
  readonly pair: { readonly kind: 'incomplete' | 'broken' } | { readonly kind: 'ok'; readonly leaf: SecretLeaf }
}

interface SecretLeaf {
  readonly notBefore: Instant
  readonly notAfter: Instant
  /** Hexadecimal. */
  readonly serialNumber: string
  readonly authorityKeyId: string | undefined
}

/** A certificate that an ACME server issued. */
export interface IssuedLeaf {
  /** How the ACME server calls it (RFC 9773 §4.1). */
  readonly certId: string
  readonly notBefore: Instant
  readonly notAfter: Instant
}

/**
 * What the issuer of a Certificate has issued for it last. Undefined: nothing is stored, it is another issuer's or another Certificate's,
 * or it says nothing about the key that signed it, without which it has no name at the CA.
 */
export function issuedLeaf({ metadata, spec }: Certificate, secrets: Lister<IssuedSecret>): IssuedLeaf | undefined {
  const { namespace, name } = metadata
  const secret = secrets.get({ ...(namespace === undefined ? {} : { namespace }), name: spec.secretName })
  if (secret?.pair.kind !== 'ok' || secret.certificateName !== name || !isSameIssuer(secret.issuer, spec.issuerRef)) return undefined
  const { authorityKeyId } = secret.pair.leaf
  return authorityKeyId === undefined ? undefined : named({ ...secret.pair.leaf, authorityKeyId: Buffer.from(authorityKeyId, 'hex') })
}

/** What the issuer of a Certificate has issued for its next revision, whether or not it is stored yet. Undefined as above. */
export function leafIssuedFor({ metadata, spec, status }: Certificate, requestsByOwner: Index<CertificateRequest>): IssuedLeaf | undefined {
  const revision = String((status?.revision ?? 0) + 1)
  const request = requestsByOwner(metadata.uid ?? '').find(
    (candidate) =>
      candidate.metadata.annotations?.[annotation.certificateRevision] === revision &&
      isSameIssuer(candidate.spec.issuerRef, spec.issuerRef),
  )
  const leaf = request === undefined ? undefined : leafOfRequest(request)
  return leaf?.authorityKeyId === undefined ? undefined : named({ ...leaf, authorityKeyId: leaf.authorityKeyId })
}

function named(leaf: Pick<SecretLeaf, 'notBefore' | 'notAfter' | 'serialNumber'> & { readonly authorityKeyId: Uint8Array }): IssuedLeaf {
  const { notBefore, notAfter, serialNumber, authorityKeyId } = leaf
  return { certId: ariCertId({ authorityKeyId, serialNumber: Buffer.from(serialNumber, 'hex') }), notBefore, notAfter }
}
