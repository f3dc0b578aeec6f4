import { requestEvent, requestReason } from '../../crds/reasons.ts'
import { memberCondition, memberRecords, type MemberRecord } from '../../issuers/pool/member-record.ts'
import { describeMember, type PoolReading } from '../../issuers/pool/pool-reading.ts'
import { historyOf, hinderedStep, movesOnAfterFailure, nextStep, type PoolStep } from '../../issuers/pool/pool-step.ts'
import type { SignOutcome } from '../../issuers/signer.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import type { Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { Action, Announcement } from './decide.ts'
import { changeFor, announcementsFor } from './outcome.ts'
import { statusWith, type StatusChange } from './status.ts'
import type { World } from './world.ts'

/** What is to be written, and when to look again. */
export interface PoolChange {
  readonly change: StatusChange
  readonly announce: readonly Announcement[]
  readonly wakeAt?: Instant
}

/** What is to be done for an approved request that a pool signs. */
export function poolPlan({ request }: World, pool: PoolReading, now: Instant): Plan<Action> {
  const records = recordsOf(request)
  const step = nextStep(pool, records, now)
  if (step.kind === 'ask') {
    const { kind, name } = step.member
    return {
      actions: [{ do: 'sign', approve: false, member: { kind, name } }],
      because: `${describeMember(step.member)} of the pool signs`,
    }
  }
  const { change, announce, wakeAt } = changeForStep(step)
  const status = statusWith(request.status, change, now)
  // Whatever earlier issuers began ends before another one is asked: two CAs never work for one request.
  const abandon: readonly Action[] = step.kind === 'choose' && records.length > 0 ? [{ do: 'abandon' }] : []
  const isNews = !deepEqual(status, request.status ?? {})
  return {
    actions: [...abandon, ...(isNews ? [{ do: 'set-status', status, announce } as const] : [])],
    because: change.ready?.message ?? 'an issuer of the pool is chosen',
    ...(wakeAt === undefined ? {} : { wakeAt }),
  }
}

/** What the answer of the issuer that was asked means for a request to a pool. */
export function afterAnswer(
  { request }: World,
  pool: PoolReading,
  { record, outcome }: { readonly record: MemberRecord; readonly outcome: SignOutcome },
  now: Instant,
): PoolChange {
  const told = toldBy(record, outcome)
  switch (outcome.kind) {
    case 'issued':
      return { change: { ...changeFor(told), member: asked(record) }, announce: announcementsFor(told) }
    case 'pending': {
      const { hindrance, wakeAt } = outcome
      if (hindrance !== undefined) {
        return changeForStep(hinderedStep(pool, { record, records: recordsOf(request) }, hindrance, now))
      }
      return { change: { ...changeFor(told), member: asked(record) }, announce: [], ...(wakeAt === undefined ? {} : { wakeAt }) }
    }
    case 'failed': {
      const cause = outcome.isValidation === true ? 'Validation' : 'Refusal'
      const records = recordsOf(request)
      if (movesOnAfterFailure(pool, { record, records }, cause, now)) {
        return changeForStep({ kind: 'move-on', record, cause, why: outcome.message })
      }
      const earlier = records.filter(({ state }) => state === 'passed-over')
      const message = earlier.length === 0 ? told.message : `${told.message}; ${historyOf(pool, earlier)}`
      const failed = { ...outcome, message }
      return { change: { ...changeFor(failed), member: passedOver(record, cause, outcome.message) }, announce: announcementsFor(failed) }
    }
  }
}

/** The record of the issuer that a plan asks. */
export function recordsOf(request: World['request']): readonly MemberRecord[] {
  return memberRecords(request.status?.conditions)
}

function changeForStep(step: Exclude<PoolStep, { kind: 'ask' }>): PoolChange {
  switch (step.kind) {
    case 'choose': {
      const message = `${describeMember(step.member)} is asked`
      const member = memberCondition({ member: step.member, state: 'asked', cause: undefined, message })
      return { change: { member, ready: pending(message) }, announce: [] }
    }
    case 'wait': {
      const message = `${describeMember(step.record.member)}: ${step.why}`
      const member = memberCondition({ member: step.record.member, state: 'hindered', cause: step.cause, message: step.why })
      return { change: { member, ready: pending(message) }, announce: [], wakeAt: step.wakeAt }
    }
    case 'move-on': {
      const message = `${describeMember(step.record.member)} is passed over (${step.cause}): ${step.why}`
      return {
        change: { member: passedOver(step.record, step.cause, step.why), ready: pending(message) },
        announce: [{ type: 'Warning', reason: requestEvent.failedOver, message }],
      }
    }
    case 'exhausted':
      return {
        change: { failed: true, ready: { status: 'False', reason: requestReason.failed, message: step.why } },
        announce: [{ type: 'Warning', reason: requestEvent.poolExhausted, message: step.why }],
      }
  }
}

function toldBy(record: MemberRecord, outcome: SignOutcome): SignOutcome & { readonly message: string } {
  const name = describeMember(record.member)
  if (outcome.kind === 'issued') return { ...outcome, message: `Certificate fetched from ${name} successfully` }
  return { ...outcome, message: `${name}: ${outcome.message}` }
}

function asked({ member }: MemberRecord): NonNullable<StatusChange['member']> {
  return memberCondition({ member, state: 'asked', cause: undefined, message: `${describeMember(member)} is asked` })
}

function passedOver(
  { member }: MemberRecord,
  cause: NonNullable<MemberRecord['cause']>,
  message: string,
): NonNullable<StatusChange['member']> {
  return memberCondition({ member, state: 'passed-over', cause, message })
}

function pending(message: string): NonNullable<StatusChange['ready']> {
  return { status: 'False', reason: requestReason.pending, message }
}
