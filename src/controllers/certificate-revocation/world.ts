import type { CertificateRevocation } from '../../crds/certificate-revocation.ts'
import type { IssuerReference } from '../../crds/references.ts'
import type { IssuerReading } from '../../issuers/issuer-reading.ts'
import type { Instant } from '../../lib/instant.ts'

/** Everything that the decision about one CertificateRevocation may know. */
export interface World {
  readonly revocation: CertificateRevocation
  readonly target: Target
  readonly issuer: { readonly kind: 'foreign'; readonly what: string } | IssuerReading | undefined
  /** The Certificate that stands on what is revoked; undefined: there is none (any more). */
  readonly certificate: CertificateView | undefined
}

/** What is to be revoked. */
export type Target =
  /** The status remembers it. */
  | ({ readonly kind: 'captured' } & TargetLeaf)
  | ({ readonly kind: 'found'; readonly issuerRef: IssuerReference; readonly certificateName: string } & TargetLeaf)
  | { readonly kind: 'missing'; readonly why: string }

export interface TargetLeaf {
  readonly serialNumber: string
  readonly publicKeyFingerprint: string
  readonly notAfter: Instant
  readonly der: Uint8Array
}

export interface CertificateView {
  readonly name: string
  readonly isReady: boolean
  readonly isIssuing: boolean
  /** What its Secret holds now; undefined: nothing that counts. */
  readonly stored: { readonly serialNumber: string; readonly publicKeyFingerprint: string } | undefined
  /** The last issuance failed then, with these words. */
  readonly failedAt: Instant | undefined
  readonly failure: string
}
