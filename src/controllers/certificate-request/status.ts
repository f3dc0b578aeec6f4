import type { CertificateRequestStatus } from '../../crds/certificate-request.ts'
import { conditionType, requestReason } from '../../crds/reasons.ts'
import { toRfc3339, type Instant } from '../../lib/instant.ts'

export interface StatusChange {
  readonly approve?: boolean
  readonly ready?: { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string }
  /** How it stands with one issuer of its pool. */
  readonly member?: Omit<Condition, 'lastTransitionTime'>
  /** The request has failed for good. */
  readonly failed?: boolean
  /** PEM. */
  readonly certificate?: string
  readonly ca?: string | undefined
}

/** The status of a request after a change; everything else in it stays. */
export function statusWith(before: CertificateRequestStatus | undefined, change: StatusChange, now: Instant): CertificateRequestStatus {
  const approved = change.approve === true ? [approval(now)] : []
  const member = change.member === undefined ? [] : [{ ...change.member, lastTransitionTime: toRfc3339(now) }]
  const ready = change.ready === undefined ? [] : [{ type: conditionType.ready, ...change.ready, lastTransitionTime: toRfc3339(now) }]
  return {
    ...before,
    conditions: [...approved, ...member, ...ready].reduce(withCondition, before?.conditions ?? []),
    ...(change.failed === true && before?.failureTime === undefined ? { failureTime: toRfc3339(now) } : {}),
    ...(change.certificate === undefined ? {} : { certificate: base64(change.certificate) }),
    ...(change.ca === undefined || change.ca === '' ? {} : { ca: base64(change.ca) }),
  }
}

type Condition = NonNullable<CertificateRequestStatus['conditions']>[number]

/** Reason and message are those that approval tools and clients of the incumbent look for. */
function approval(now: Instant): Condition {
  return {
    type: conditionType.approved,
    status: 'True',
    reason: requestReason.approvedByOperator,
    message: 'Certificate request has been approved by cert-manager.io',
    lastTransitionTime: toRfc3339(now),
  }
}

function withCondition(conditions: readonly Condition[], next: Condition): readonly Condition[] {
  const known = conditions.find((condition) => condition.type === next.type)
  if (known === undefined) return [...conditions, next]
  const lastTransitionTime = known.status === next.status ? (known.lastTransitionTime ?? next.lastTransitionTime) : next.lastTransitionTime
  return conditions.map((condition) =>
    condition === known ? { ...next, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) } : condition,
  )
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
