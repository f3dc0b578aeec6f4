import { expect, test } from 'vitest'
import type { IssuerPool, IssuerPoolSpec, IssuerPoolStatus } from '../../crds/issuer-pool.ts'
import type { MemberRecord } from '../../issuers/pool/member-record.ts'
import { HOUR, instant, MINUTE, parseRfc3339, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import { decide } from './decide.ts'
import type { MemberView, World } from './world.ts'

const now = instant(Date.UTC(2026, 0, 1))
const aPool = (status?: IssuerPoolStatus, more: Partial<IssuerPoolSpec> = {}): IssuerPool => ({
  apiVersion: 'certwright.dev/v1alpha1',
  kind: 'IssuerPool',
  metadata: { name: 'acme', namespace: 'shop', generation: 1 },
  spec: {
    issuers: [
      { kind: 'Issuer', name: 'a' },
      { kind: 'Issuer', name: 'b' },
    ],
    ...more,
  },
  ...(status === undefined ? {} : { status }),
})
const passedOver = (name: string, since: Instant): MemberRecord => ({
  member: { kind: 'Issuer', name },
  state: 'passed-over',
  cause: 'Outage',
  message: 'no answer',
  since,
})
const view = (name: string, more: Partial<MemberView> = {}): MemberView => ({
  reference: { kind: 'Issuer', name },
  notReady: undefined,
  passedOver: [],
  ...more,
})
const aWorld = (a: Partial<MemberView> = {}, status?: IssuerPoolStatus, more: Partial<IssuerPoolSpec> = {}): World => ({
  pool: aPool(status, more),
  members: [view('a', a), view('b')],
})
const statusOf = (world: World, at: Instant): IssuerPoolStatus => {
  const [action] = decide(world, at).actions
  if (action === undefined) throw new Error('nothing to write')
  return action.status
}
const healths = ({ members = [], active }: IssuerPoolStatus): string => `${active} ${members.map(({ health }) => health).join(' ')}`

test.each<[when: string, a: Partial<MemberView>, then: string]>([
  ['both are well', {}, 'Issuer/a Healthy Healthy'],
  ['the first is not Ready', { notReady: 'no account' }, 'Issuer/b NotReady Healthy'],
  ['a request gave the first up', { passedOver: [passedOver('a', now)] }, 'Issuer/b HeldDown Healthy'],
  ['a request gave the first up long ago', { passedOver: [passedOver('a', plus(now, -HOUR))] }, 'Issuer/a Healthy Healthy'],
])('when %s', (_when, a, then) => expect(healths(statusOf(aWorld(a), now))).toBe(then))

test('an issuer is held down from the last time that it was given up, and its pool is looked at again when that ends', () => {
  const world = aWorld({ passedOver: [passedOver('a', plus(now, -30 * MINUTE)), passedOver('a', plus(now, -10 * MINUTE))] })
  const plan = decide(world, now)
  expect(plan.wakeAt).toBe(plus(now, 50 * MINUTE))
  expect(statusOf(world, now).members?.[0]).toMatchObject({ reason: 'Outage', until: toRfc3339(plus(now, 50 * MINUTE)) })
})

test('an issuer stays held down when the request that gave it up is deleted, and comes back with an Event when the time is up', () => {
  const held = statusOf(aWorld({ passedOver: [passedOver('a', now)] }), now)
  expect(decide(aWorld({}, held), plus(now, MINUTE)).actions).toEqual([])
  const [back] = decide(aWorld({}, held), plus(now, HOUR)).actions
  expect(back?.announce).toMatchObject([{ type: 'Normal', reason: 'CameBack' }])
  expect(healths(back?.status ?? {})).toBe('Issuer/a Healthy Healthy')
})

test('the pool is Ready while one of its issuers is, and says what is wrong with the others', () => {
  const one = statusOf(aWorld({ notReady: 'no account' }), now).conditions?.[0]
  expect(one).toMatchObject({ status: 'True', message: 'Issuer "b" signs; Issuer "a" is not healthy: no account' })
  const none = statusOf({ pool: aPool(), members: [view('a', { notReady: 'x' }), view('b', { notReady: 'y' })] }, now).conditions?.[0]
  expect(none).toMatchObject({ status: 'False', reason: 'NoIssuerReady', message: expect.stringContaining('Issuer "b" is not healthy: y') })
})

test('what is written once is not written again', () => {
  const status = statusOf(aWorld({ passedOver: [passedOver('a', now)] }), now)
  expect(decide(aWorld({ passedOver: [passedOver('a', now)] }, status), plus(now, MINUTE)).actions).toEqual([])
  expect(parseRfc3339(status.members?.[0]?.since)).toBe(now)
})
