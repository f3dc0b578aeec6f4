import { ariCertId } from '../../acme/ari-cert-id.ts'
import type { Certificate } from '../../crds/certificate.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { Lister } from '../../kube/lister.ts'
import type { Instant } from '../../lib/instant.ts'
import { isSameIssuer } from '../is-same-issuer.ts'

/** A Secret as far as it tells which certificate it holds, and from whom. */
export interface IssuedSecret extends KubeObject {
  readonly certificateName: string | undefined
  readonly issuer: { readonly name: string | undefined; readonly kind: string; readonly group: string }
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
  const { notBefore, notAfter, serialNumber, authorityKeyId } = secret.pair.leaf
  if (authorityKeyId === undefined) return undefined
  return {
    certId: ariCertId({ authorityKeyId: Buffer.from(authorityKeyId, 'hex'), serialNumber: Buffer.from(serialNumber, 'hex') }),
    notBefore,
    notAfter,
  }
}
