import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { IssuerType } from '../../issuers/issuer-type.ts'

/** Everything that the decision about one CertificateRequest may know. */
export interface World {
  readonly request: CertificateRequest
  readonly issuer: IssuerReading
  /** Whether the built-in approver may approve requests for this issuer. */
  readonly mayApprove: boolean
}

export type IssuerReading =
  /** The group is another's: its own controller signs. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'missing'; readonly what: string }
  | { readonly kind: 'typeless'; readonly what: string }
  | { readonly kind: 'not-ready'; readonly what: string; readonly why: string }
  | { readonly kind: 'ready'; readonly issuer: AnyIssuer; readonly type: IssuerType; readonly isLocal: boolean }
