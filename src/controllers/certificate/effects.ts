import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Identity } from '../../kube/own-identity.ts'
import type { Lister } from '../../kube/lister.ts'
import type { IssuanceHistory } from './issuance-history.ts'
import type { NextKeys } from './next-keys.ts'

export const FIELD_MANAGER = 'certwright'

/** What the Certificate controller writes with. */
export interface CertificateEffects {
  readonly cluster: Cluster
  readonly requests: Lister<CertificateRequest>
  readonly nextKeys: NextKeys
  readonly events: EventRecorder
  /** Who makes the requests; approvers judge by it. */
  readonly ownIdentity: (signal: AbortSignal) => Promise<Identity>
  readonly clock: Clock
  readonly history: Pick<IssuanceHistory, 'record'>
  /** Told of the end of each issuance, for the metrics. */
  readonly onIssuance: (issuance: {
    readonly certificate: Certificate
    readonly result: 'success' | 'failure'
    readonly seconds: number | undefined
  }) => void
  /** Told of each effort that has to wait, for the metrics. */
  readonly onLimited: (limited: { readonly certificate: Certificate; readonly reason: string }) => void
}
