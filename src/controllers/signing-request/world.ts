import type { IssuerOfSigner } from '../../issuers/issuer-of-signer.ts'
import type { IssuerReading } from '../../issuers/issuer-reading.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'
import type { RequestedDuration } from './requested-duration.ts'
import type { State } from './state-of.ts'

/** Everything that the decision about one signing request for an issuer of ours may know. */
export interface World {
  readonly request: CertificateSigningRequest
  readonly state: State
  readonly signer: IssuerOfSigner
  readonly issuer: IssuerReading
  /** Whether the requester may use the Issuer: who may ask for a signing request may do so for every namespace. */
  readonly mayReference: boolean
  readonly duration: RequestedDuration
  /** The last wait that this process told about in an Event: the status of a signing request has no place for it. */
  readonly told: Announcement | undefined
}

export interface Announcement {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}
