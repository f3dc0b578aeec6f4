import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { PoolReading } from '../../issuers/pool/pool-reading.ts'
import type { IssuerReading as OwnIssuerReading } from '../../issuers/issuer-reading.ts'

/** Everything that the decision about one CertificateRequest may know. */
export interface World {
  readonly request: CertificateRequest
  readonly issuer: IssuerReading
  /** Whether the built-in approver may approve requests for this issuer. */
  readonly mayApprove: boolean
  /** What the request is going to wait for once it is approved, where the issuer can tell already. */
  readonly awaited: string | undefined
}

export type IssuerReading =
  /** The group is another's: its own controller signs. */
  { readonly kind: 'foreign' } | { readonly kind: 'pool'; readonly pool: PoolReading } | OwnIssuerReading
