import type { Certificate } from '../../crds/certificate.ts'
import type { IssuerReading } from '../../issuers/issuer-reading.ts'
import type { CertificateReading } from '../../pki/certificate.ts'

/** Everything that the decision about the end of one Certificate may know. */
export interface World {
  readonly certificate: Certificate
  /** `certwright.dev/revocation-policy: OnDelete`. */
  readonly isWanted: boolean
  readonly hasFinalizer: boolean
  /** Read only when the Certificate is being deleted. */
  readonly target: Target | undefined
}

export type Target =
  | {
      readonly kind: 'ok'
      readonly leaf: CertificateReading
      readonly issuer: { readonly kind: 'foreign'; readonly what: string } | IssuerReading
    }
  | { readonly kind: 'missing'; readonly why: string }
