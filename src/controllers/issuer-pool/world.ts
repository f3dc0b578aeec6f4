import type { PoolMemberReference } from '../../crds/issuer-pool.ts'
import type { MemberRecord } from '../../issuers/pool/member-record.ts'
import type { AnyIssuerPool } from '../../issuers/pool/pool-reading.ts'

/** Everything that the decision about one IssuerPool or ClusterIssuerPool may know. */
export interface World {
  readonly pool: AnyIssuerPool
  readonly members: readonly MemberView[]
}

export interface MemberView {
  readonly reference: PoolMemberReference
  /** Why it cannot sign; undefined: it can. */
  readonly notReady: string | undefined
  /** What made requests pass it over, as far as they still exist: its outages, which concern all of them. */
  readonly passedOver: readonly MemberRecord[]
}
