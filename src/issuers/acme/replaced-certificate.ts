import type { Certificate } from '../../crds/certificate.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import { certificates as certificateResource } from '../../crds/resources.ts'
import type { Lister } from '../../kube/lister.ts'
import { controllerReference } from '../../lib/controller-uid.ts'
import { isSameIssuer } from '../is-same-issuer.ts'
import type { ApprovedRequest } from '../signer.ts'
import { issuedLeaf, type IssuedSecret } from './issued-leaf.ts'
import { usesRenewalInformation } from './uses-renewal-information.ts'

/** The certificate at the CA that a request is to take the place of, by its ARI identifier; undefined: none. */
export type ReplacedCertificate = (request: ApprovedRequest, acme: AcmeIssuer) => string | undefined

export interface ReplacedCertificateDeps {
  readonly certificates: Lister<Certificate>
  /** Secrets with our label. */
  readonly managedSecrets: Lister<IssuedSecret>
  /** The gate `ACMEUseARI`. */
  readonly isOn: boolean
}

/**
 * Finds what `replaces` says in the new order (RFC 9773 §5): what the Secret of the request's own Certificate holds, if it is of the same
 * issuer. It is looked up and not taken from the request, whose author could name the certificate of somebody else.
 */
export function replacedCertificate(deps: ReplacedCertificateDeps): ReplacedCertificate {
  return ({ origin, namespace, issuerRef }, acme) => {
    if (!deps.isOn || !usesRenewalInformation(acme)) return undefined
    const owner = controllerReference(origin)
    if (owner?.kind !== certificateResource.kind) return undefined
    const certificate = deps.certificates.get({ namespace, name: owner.name })
    if (certificate === undefined || certificate.metadata.uid !== owner.uid || !isSameIssuer(certificate.spec.issuerRef, issuerRef))
      return undefined
    return issuedLeaf(certificate, deps.managedSecrets)?.certId
  }
}
