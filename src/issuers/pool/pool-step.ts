import type { MoveOnCause } from '../../crds/issuer-pool.ts'
import { MINUTE, plus, type Instant } from '../../lib/instant.ts'
import { whyNotReady } from '../issuer-reading.ts'
import type { Hindrance } from '../signer.ts'
import { currentRecord, isSameMember, recordOf, type MemberRecord } from './member-record.ts'
import { describeMember, type PoolMember, type PoolReading } from './pool-reading.ts'

/** What a request does next with its pool. */
export type PoolStep =
  /** Nobody is asked: this one is next. */
  | { readonly kind: 'choose'; readonly member: PoolMember }
  | { readonly kind: 'ask'; readonly member: PoolMember }
  /** The issuer cannot answer, which is borne until then. */
  | { readonly kind: 'wait'; readonly record: MemberRecord; readonly cause: MoveOnCause; readonly why: string; readonly wakeAt: Instant }
  | { readonly kind: 'move-on'; readonly record: MemberRecord; readonly cause: MoveOnCause; readonly why: string }
  /** Every issuer was asked. */
  | { readonly kind: 'exhausted'; readonly why: string }

/** The next step, before the issuer has been asked. */
export function nextStep(pool: PoolReading, records: readonly MemberRecord[], now: Instant): PoolStep {
  const record = currentRecord(records)
  if (record === undefined) {
    const member = chooseMember(pool, records, now)
    return member === undefined ? { kind: 'exhausted', why: historyOf(pool, records) } : { kind: 'choose', member }
  }
  const member = pool.members.find((candidate) => isSameMember(candidate, record.member))
  if (member === undefined) return { kind: 'move-on', record, cause: 'Refusal', why: `it is no longer in the ${pool.what}` }
  const why = whyNotReady(member.reading)
  return why === undefined ? { kind: 'ask', member } : hinderedStep(pool, { record, records }, { cause: 'Outage', why }, now)
}

/** The next step when the issuer that is asked cannot answer. */
export function hinderedStep(
  pool: PoolReading,
  { record, records }: { readonly record: MemberRecord; readonly records: readonly MemberRecord[] },
  { cause, why, until }: Hindrance,
  now: Instant,
): Extract<PoolStep, { kind: 'wait' | 'move-on' }> {
  const others = pool.members.filter((member) => !isSameMember(member, record.member) && isFree(pool, records, member, now))
  const stay = (wakeAt: Instant) => ({ kind: 'wait', record, cause, why, wakeAt }) as const
  // Nobody tells us when the time of those that were passed over is up.
  if (!pool.moveOn.includes(cause) || others.length === 0) return stay(plus(now, Math.max(pool.maxWait, MINUTE)))
  const giveUpAt = plus(record.state === 'hindered' ? (record.since ?? now) : now, pool.maxWait)
  const member = pool.members.find((candidate) => isSameMember(candidate, record.member))
  const isHopeless = (until !== undefined && until > giveUpAt) || (member !== undefined && isLeftAlone(pool, member, now))
  return isHopeless || now >= giveUpAt ? { kind: 'move-on', record, cause, why } : stay(giveUpAt)
}

/** Whether a request that this issuer refused is worth asking another one. */
export function movesOnAfterFailure(
  pool: PoolReading,
  { record, records }: { readonly record: MemberRecord; readonly records: readonly MemberRecord[] },
  cause: MoveOnCause,
  now: Instant,
): boolean {
  return (
    pool.moveOn.includes(cause) &&
    pool.members.some((member) => !isSameMember(member, record.member) && !isOut(pool, recordOf(records, member), now))
  )
}

/** What became of the issuers that were asked, in one sentence. */
export function historyOf(pool: PoolReading, records: readonly MemberRecord[]): string {
  const tried = records.filter(({ state }) => state === 'passed-over')
  return `no issuer of ${pool.what} is left: ${tried.map((record) => `${describeMember(record.member)}: ${record.cause ?? ''}: ${record.message}`).join('; ')}`
}

/** The first that new requests may ask; if there is none, the first that this request has not passed over. */
function chooseMember(pool: PoolReading, records: readonly MemberRecord[], now: Instant): PoolMember | undefined {
  const candidates = pool.members.filter((member) => !isOut(pool, recordOf(records, member), now))
  return candidates.find((member) => !isLeftAlone(pool, member, now)) ?? candidates[0]
}

function isFree(pool: PoolReading, records: readonly MemberRecord[], member: PoolMember, now: Instant): boolean {
  return !isOut(pool, recordOf(records, member), now) && !isLeftAlone(pool, member, now)
}

/** Whether this request has passed the issuer over. An outage or a rate limit is forgiven after a while; a refusal is not. */
function isOut({ comeBackAfter }: PoolReading, record: MemberRecord | undefined, now: Instant): boolean {
  if (record?.state !== 'passed-over') return false
  if (record.cause === 'Refusal' || record.cause === 'Validation' || record.since === undefined) return true
  return now < plus(record.since, comeBackAfter)
}

/** Whether new requests pass by this issuer: it is held down, or has not been Ready for longer than anybody waits. */
function isLeftAlone({ maxWait }: PoolReading, { heldDownUntil, notReadySince }: PoolMember, now: Instant): boolean {
  return (heldDownUntil !== undefined && now < heldDownUntil) || (notReadySince !== undefined && now >= plus(notReadySince, maxWait))
}
