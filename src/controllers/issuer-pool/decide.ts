import type { IssuerPoolStatus, PoolMemberStatus } from '../../crds/issuer-pool.ts'
import { conditionType, poolReason } from '../../crds/reasons.ts'
import { describeMember, poolRules } from '../../issuers/pool/pool-reading.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { earliest, parseRfc3339, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { MemberView, World } from './world.ts'

export interface Action {
  readonly do: 'set-status'
  readonly status: IssuerPoolStatus
  readonly announce: readonly Announcement[]
}

export interface Announcement {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** The health of each issuer of a pool: what the issuer says of itself, and what requests have met. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { pool } = world
  if (pool.metadata.deletionTimestamp !== undefined) return { actions: [], because: 'the pool is being deleted' }
  const members = world.members.map((member) => memberStatus(world, member, now))
  const status = statusOf(world, members, now)
  const wakeAt = earliest(...members.map(({ until }) => parseRfc3339(until)))
  const announce = members.flatMap((member) => changeOf(world, member))
  return {
    actions: deepEqual(status, pool.status ?? {}) ? [] : [{ do: 'set-status', status, announce }],
    because: announce.map(({ message }) => message).join('; ') || (status.conditions?.[0]?.message ?? ''),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  }
}

type Health = Pick<PoolMemberStatus, 'health' | 'reason' | 'message' | 'until'>

function memberStatus({ pool }: World, view: MemberView, now: Instant): PoolMemberStatus {
  const { kind, name } = view.reference
  const before = pool.status?.members?.find((member) => member.kind === kind && member.name === name)
  const health = heldDown(view, { before, comeBackAfter: poolRules(pool).comeBackAfter }, now) ?? ownHealth(view)
  const since = before?.health === health.health && before.since !== undefined ? before.since : toRfc3339(now)
  return { kind, name, ...health, since }
}

/** Held down by what a request met last, or still by what the status remembers of requests that are gone. */
function heldDown(
  { passedOver }: MemberView,
  { before, comeBackAfter }: { readonly before: PoolMemberStatus | undefined; readonly comeBackAfter: number },
  now: Instant,
): Health | undefined {
  const latest = passedOver.reduce<(typeof passedOver)[number] | undefined>(
    (held, record) => ((record.since ?? 0) > (held?.since ?? 0) ? record : held),
    undefined,
  )
  const known = before?.health === 'HeldDown' ? parseRfc3339(before.until) : undefined
  const found = latest?.since === undefined ? undefined : plus(latest.since, comeBackAfter)
  const isFresh = found !== undefined && (known === undefined || found >= known)
  const until = isFresh ? found : known
  if (until === undefined || now >= until) return undefined
  const { reason, message } = isFresh
    ? { reason: latest?.cause, message: latest?.message }
    : { reason: before?.reason, message: before?.message }
  return {
    health: 'HeldDown',
    until: toRfc3339(until),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  }
}

function ownHealth({ notReady }: MemberView): Health {
  return notReady === undefined
    ? { health: 'Healthy', reason: poolReason.isReady }
    : { health: 'NotReady', reason: poolReason.notReady, message: notReady }
}

function statusOf({ pool }: World, members: readonly PoolMemberStatus[], now: Instant): IssuerPoolStatus {
  const before = pool.status?.conditions ?? []
  const known = before.find(({ type }) => type === conditionType.ready)
  const active = members.find(({ health }) => health === 'Healthy')
  const status = active === undefined ? 'False' : 'True'
  const ready = {
    type: conditionType.ready,
    status,
    reason: active === undefined ? poolReason.noIssuerReady : poolReason.isReady,
    message: summaryOf(members, active),
    lastTransitionTime: known?.status === status && known.lastTransitionTime !== undefined ? known.lastTransitionTime : toRfc3339(now),
    ...(pool.metadata.generation === undefined ? {} : { observedGeneration: pool.metadata.generation }),
  } as const
  return {
    conditions: [...before.filter(({ type }) => type !== conditionType.ready), ready],
    ...(active === undefined ? {} : { active: `${active.kind}/${active.name}` }),
    members,
  }
}

function summaryOf(members: readonly PoolMemberStatus[], active: PoolMemberStatus | undefined): string {
  const others = members.filter(({ health }) => health !== 'Healthy').map((member) => `${nameOf(member)} is ${stateOf(member)}`)
  return [active === undefined ? 'no issuer of the pool can sign' : `${nameOf(active)} signs`, ...others].join('; ')
}

function stateOf({ health, reason, message, until }: PoolMemberStatus): string {
  const why = message === undefined ? '' : `: ${message}`
  return health === 'HeldDown' ? `left alone until ${until ?? ''} (${reason ?? ''})${why}` : `not healthy${why}`
}

/** Said when it changes. A pool that is new says nothing about issuers that are well. */
function changeOf({ pool }: World, member: PoolMemberStatus): readonly Announcement[] {
  const before = pool.status?.members?.find(({ kind, name }) => kind === member.kind && name === member.name)
  if (before?.health === member.health || (before === undefined && member.health === 'Healthy')) return []
  switch (member.health) {
    case 'Healthy':
      return [{ type: 'Normal', reason: poolReason.cameBack, message: `${nameOf(member)} is asked again` }]
    case 'HeldDown':
      return [{ type: 'Warning', reason: poolReason.heldDown, message: `${nameOf(member)} is ${stateOf(member)}` }]
    case 'NotReady':
      return [{ type: 'Warning', reason: poolReason.notReady, message: `${nameOf(member)} is ${stateOf(member)}` }]
  }
}

function nameOf({ kind, name }: PoolMemberStatus): string {
  return describeMember({ kind: kind === 'Issuer' ? 'Issuer' : 'ClusterIssuer', name })
}
