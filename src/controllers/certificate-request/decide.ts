import type { CertificateRequestStatus } from '../../crds/certificate-request.ts'
import { conditionType, requestEvent, requestReason } from '../../crds/reasons.ts'
import type { MemberName } from '../../issuers/pool/member-record.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { MINUTE, parseRfc3339, plus, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import { poolPlan } from './pool-plan.ts'
import { statusWith } from './status.ts'
import type { World } from './world.ts'

export interface Announcement {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export type Action =
  | { readonly do: 'set-status'; readonly status: CertificateRequestStatus; readonly announce: readonly Announcement[] }
  | { readonly do: 'announce'; readonly announcement: Announcement }
  /** Signs, and writes what came of it together with the approval where that is still to be given. */
  | { readonly do: 'sign'; readonly approve: boolean; readonly member?: MemberName }
  /** Ends what issuers of a pool that were passed over have begun. */
  | { readonly do: 'abandon' }

/** What is to be done for one CertificateRequest now. Nothing is ever signed that is not approved. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { request } = world
  if (request.metadata.deletionTimestamp !== undefined) return nothing('the request is being deleted')
  if (isTrue(world, conditionType.denied)) return deny(world, now)
  if (hasAnswer(world)) return nothing('the request has its answer')
  const isApproved = isTrue(world, conditionType.approved)
  const approve = !isApproved && world.mayApprove
  const why = whyNotToSign(world)
  if (why !== undefined) return set(world, { approve }, now, why)
  if (!isApproved && !approve) return waitForApproval(world, now)
  return answer(world, approve, now)
}

function answer(world: World, approve: boolean, now: Instant): Plan<Action> {
  const { issuer } = world
  switch (issuer.kind) {
    case 'foreign':
      return approve ? set(world, { approve }, now, 'approved for an external issuer') : nothing('an external issuer signs')
    case 'missing':
      return pending(world, approve, { reason: requestEvent.issuerNotFound, message: `Referenced issuer not found: ${issuer.what}` }, now)
    case 'typeless':
      return pending(
        world,
        approve,
        { reason: requestEvent.issuerTypeMissing, message: `${issuer.what} does not say what kind of issuer it is` },
        now,
      )
    case 'not-ready':
      return pending(world, approve, { reason: requestEvent.issuerNotReady, message: `${issuer.what} is not ready: ${issuer.why}` }, now)
    case 'ready':
      // What an outside CA does cannot be taken back, so the approval is on record before it is asked.
      if (approve && !issuer.isLocal) return approveFirst(world, now)
      return { actions: [{ do: 'sign', approve }], because: `${issuer.type} issuer signs` }
    case 'pool':
      return approve ? set(world, { approve }, now, 'approved') : poolPlan(world, issuer.pool, now)
  }
}

/** What the request waits for from then on goes into the same write. */
function approveFirst(world: World, now: Instant): Plan<Action> {
  const { awaited } = world
  const ready = awaited === undefined ? {} : { ready: pendingCondition(awaited) }
  return set(world, { approve: true, ...ready }, now, 'approved')
}

/** The Ready condition of a request for an external issuer is that issuer's to write. */
function deny(world: World, now: Instant): Plan<Action> {
  if (world.issuer.kind === 'foreign') return nothing('an external issuer says that the request was denied')
  const message = 'The CertificateRequest was denied by an approval controller'
  return set(world, { ready: { status: 'False', reason: requestReason.denied, message }, failed: true }, now, 'the request was denied')
}

const ASK_AGAIN = 5 * MINUTE

function waitForApproval({ request }: World, now: Instant): Plan<Action> {
  const announcement: Announcement = {
    type: 'Normal',
    reason: requestEvent.waitingForApproval,
    message: 'Not signing CertificateRequest until it is Approved',
  }
  const createdAt = parseRfc3339(request.metadata.creationTimestamp)
  const isNew = createdAt !== undefined && now < plus(createdAt, MINUTE)
  // Nothing tells us when a permission is granted to the operator, so the question is asked again.
  return { actions: isNew ? [{ do: 'announce', announcement }] : [], wakeAt: plus(now, ASK_AGAIN), because: 'waiting for approval' }
}

function pending(world: World, approve: boolean, why: { readonly reason: string; readonly message: string }, now: Instant): Plan<Action> {
  const announce = isPending(world) ? [] : [{ type: 'Normal' as const, ...why }]
  return set(world, { approve, ready: pendingCondition(why.message) }, now, why.message, announce)
}

function pendingCondition(message: string): NonNullable<Change['ready']> {
  return { status: 'False', reason: requestReason.pending, message }
}

type Change = Parameters<typeof statusWith>[1]

function set(world: World, change: Change, now: Instant, because: string, announce: readonly Announcement[] = []): Plan<Action> {
  const status = statusWith(world.request.status, change, now)
  if (deepEqual(status, world.request.status ?? {})) return nothing(because)
  const approval: readonly Announcement[] = change.approve === true ? [approvalAnnouncement] : []
  return { actions: [{ do: 'set-status', status, announce: [...approval, ...announce] }], because }
}

export const approvalAnnouncement: Announcement = {
  type: 'Normal',
  reason: requestEvent.approvedByOperator,
  message: 'Certificate request has been approved by cert-manager.io',
}

/** Whether its Ready says that nothing more comes. */
function hasAnswer({ request }: World): boolean {
  const reason = conditionOf(request, conditionType.ready)?.reason
  return reason === requestReason.failed || reason === requestReason.issued || reason === requestReason.denied
}

/** Why there is nothing to sign, although Ready does not say so. An approver that looks at such a request approves it all the same. */
function whyNotToSign(world: World): string | undefined {
  if (isTrue(world, conditionType.invalidRequest)) return 'the request is invalid'
  return (world.request.status?.certificate ?? '') === '' ? undefined : 'the request has its certificate'
}

/** Whether the Pending Event was already given. */
export function isPending({ request }: World): boolean {
  return conditionOf(request, conditionType.ready)?.reason === requestReason.pending
}

function isTrue({ request }: World, type: string): boolean {
  return conditionOf(request, type)?.status === 'True'
}

function conditionOf(request: World['request'], type: string) {
  return request.status?.conditions?.find((condition) => condition.type === type)
}

function nothing(because: string): Plan<Action> {
  return { actions: [], because }
}
