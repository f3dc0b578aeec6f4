import { expect, test } from 'vitest'
import { instant, MINUTE, plus } from '../../lib/instant.ts'
import type { IssuerReading } from '../issuer-reading.ts'
import type { MemberRecord } from './member-record.ts'
import type { PoolMember, PoolReading } from './pool-reading.ts'
import { hinderedStep, movesOnAfterFailure, nextStep } from './pool-step.ts'

const now = instant(10_000_000)
const ready = { kind: 'ready' } as IssuerReading
const member = (name: string, more: Partial<PoolMember> = {}): PoolMember => ({
  kind: 'Issuer',
  name,
  reading: ready,
  notReadySince: undefined,
  heldDownUntil: undefined,
  ...more,
})
const pool = (more: Partial<PoolReading> = {}): PoolReading => ({
  what: 'IssuerPool "acme"',
  members: [member('a'), member('b')],
  moveOn: ['Outage', 'RateLimit', 'Refusal'],
  maxWait: 5 * MINUTE,
  comeBackAfter: 60 * MINUTE,
  ...more,
})
const record = (name: string, more: Partial<MemberRecord> = {}): MemberRecord => ({
  member: { kind: 'Issuer', name },
  state: 'asked',
  cause: undefined,
  message: '',
  since: now,
  ...more,
})
const passedOver = (name: string, cause: MemberRecord['cause'], minutesAgo: number): MemberRecord =>
  record(name, { state: 'passed-over', cause, since: plus(now, -minutesAgo * MINUTE) })
const notReady = member('a', { reading: { kind: 'not-ready', what: 'Issuer "a"', why: 'no account' } })
const inTenMinutes = plus(now, 10 * MINUTE)

test.each<[when: string, given: Partial<PoolReading>, records: readonly MemberRecord[], then: string]>([
  ['nobody was asked yet', {}, [], 'choose a'],
  ['the first is held down', { members: [member('a', { heldDownUntil: inTenMinutes }), member('b')] }, [], 'choose b'],
  ['the first was held down until now', { members: [member('a', { heldDownUntil: now }), member('b')] }, [], 'choose a'],
  [
    'all are held down',
    { members: [member('a', { heldDownUntil: inTenMinutes }), member('b', { heldDownUntil: inTenMinutes })] },
    [],
    'choose a',
  ],
  [
    'the first has not been Ready for a minute',
    { members: [{ ...notReady, notReadySince: plus(now, -MINUTE) }, member('b')] },
    [],
    'choose a',
  ],
  [
    'the first has not been Ready for too long',
    { members: [{ ...notReady, notReadySince: plus(now, -5 * MINUTE) }, member('b')] },
    [],
    'choose b',
  ],
  ['the first refused', {}, [passedOver('a', 'Refusal', 1)], 'choose b'],
  [
    'the first refused long ago and the second was out of reach just now',
    {},
    [passedOver('a', 'Refusal', 90), passedOver('b', 'Outage', 1)],
    'exhausted',
  ],
  [
    'the first was out of reach long ago, the second just now',
    {},
    [passedOver('a', 'Outage', 90), passedOver('b', 'Outage', 1)],
    'choose a',
  ],
  ['one is asked', {}, [record('b')], 'ask b'],
  [
    'one is asked that is held down by now',
    { members: [member('a'), member('b', { heldDownUntil: inTenMinutes })] },
    [record('b')],
    'ask b',
  ],
  ['one is asked that left the pool', {}, [record('gone')], 'move-on gone Refusal'],
  ['the one that is asked is no longer Ready', { members: [notReady, member('b')] }, [record('a')], 'wait a'],
  [
    'it has not been Ready for too long',
    { members: [notReady, member('b')] },
    [record('a', { state: 'hindered', since: plus(now, -5 * MINUTE) })],
    'move-on a Outage',
  ],
])('when %s', (_when, given, records, then) => {
  const step = nextStep(pool(given), records, now)
  const who = 'member' in step ? ` ${step.member.name}` : 'record' in step ? ` ${step.record.member.name}` : ''
  expect(`${step.kind}${who}${step.kind === 'move-on' ? ` ${step.cause}` : ''}`).toBe(then)
})

test.each<[when: string, given: Partial<PoolReading>, current: Partial<MemberRecord>, until: number | undefined, then: string]>([
  ['for the first time', {}, {}, undefined, 'wait 5'],
  ['for three minutes', {}, { state: 'hindered', since: plus(now, -3 * MINUTE) }, undefined, 'wait 2'],
  ['for five minutes', {}, { state: 'hindered', since: plus(now, -5 * MINUTE) }, undefined, 'move-on'],
  ['and asks to come back sooner than anybody would move on', {}, {}, 4, 'wait 5'],
  ['and asks to come back later', {}, {}, 6, 'move-on'],
  ['and others have given it up', { members: [member('a', { heldDownUntil: inTenMinutes }), member('b')] }, {}, undefined, 'move-on'],
  ['and there is no other', { members: [member('a')] }, { state: 'hindered', since: plus(now, -90 * MINUTE) }, undefined, 'wait 5'],
  [
    'and the others are held down',
    { members: [member('a'), member('b', { heldDownUntil: inTenMinutes })] },
    { state: 'hindered', since: plus(now, -90 * MINUTE) },
    undefined,
    'wait 5',
  ],
  ['and the pool does not move on for that', { moveOn: ['Refusal'] }, { state: 'hindered', since: plus(now, -90 * MINUTE) }, 90, 'wait 5'],
])('an issuer that cannot answer, %s', (_when, given, current, until, then) => {
  const asked = record('a', current)
  const hindrance = { cause: 'RateLimit' as const, why: 'slow down', ...(until === undefined ? {} : { until: plus(now, until * MINUTE) }) }
  const step = hinderedStep(pool(given), { record: asked, records: [asked] }, hindrance, now)
  expect(step.kind === 'wait' ? `wait ${(step.wakeAt - now) / MINUTE}` : step.kind).toBe(then)
})

test.each<[when: string, given: Partial<PoolReading>, others: readonly MemberRecord[], cause: 'Refusal' | 'Validation', moves: boolean]>([
  ['another was not asked yet', {}, [], 'Refusal', true],
  ['another is held down', { members: [member('a'), member('b', { heldDownUntil: inTenMinutes })] }, [], 'Refusal', true],
  ['the other refused too', {}, [passedOver('b', 'Refusal', 1)], 'Refusal', false],
  ['a proof failed, which is the same everywhere', {}, [], 'Validation', false],
  ['a proof failed and the pool says to move on for that', { moveOn: ['Validation'] }, [], 'Validation', true],
])('a refusal, when %s, moves on: %4$s', (_when, given, others, cause, moves) => {
  const asked = record('a')
  expect(movesOnAfterFailure(pool(given), { record: asked, records: [asked, ...others] }, cause, now)).toBe(moves)
})
