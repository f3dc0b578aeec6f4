import type { AnyIssuer, SetupOutcome } from '../../issuers/signer.ts'
import type { Instant } from '../../lib/instant.ts'

/** Everything that the decision about one Issuer or ClusterIssuer may know. */
export interface World {
  readonly issuer: AnyIssuer
  /** Changes whenever the spec or a Secret that it names changes. */
  readonly version: string
  /** The last check by this process. */
  readonly last: LastSetup | undefined
}

export interface LastSetup {
  readonly version: string
  readonly outcome: SetupOutcome
  readonly at: Instant
}
