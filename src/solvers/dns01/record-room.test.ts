import { expect, test } from 'vitest'
import type { Challenge, ChallengeStatus } from '../../crds/challenge.ts'
import type { Informer } from '../../kube/lister.ts'
import type { PresentOutcome } from '../solver.ts'
import { recordRoom } from './record-room.ts'

const challenge = (uid: string, status: ChallengeStatus = {}, dnsName = 'shop.example.com'): Challenge =>
  ({
    metadata: { name: uid, namespace: 'shop', uid, finalizers: ['acme.cert-manager.io/finalizer'] },
    spec: { type: 'DNS-01', dnsName },
    status,
  }) as unknown as Challenge
const presented = (second: number): ChallengeStatus => ({
  state: 'pending',
  presented: true,
  presentedAt: `2026-01-01T00:00:0${second}Z`,
})

/** A room of a process that has just begun, and the Challenges that its cache shows. */
function roomAmong(...given: readonly Challenge[]) {
  const cached = new Map(given.map((one) => [one.metadata.uid, one]))
  const informer = {
    index: (valuesOf: (one: Challenge) => readonly string[]) => (value: string) =>
      [...cached.values()].filter((one) => valuesOf(one).includes(value)),
  } as unknown as Informer<Challenge>
  const room = recordRoom(informer)
  const enter = async (one: Challenge, present = async (): Promise<PresentOutcome> => ({ kind: 'presented' })) =>
    (await room.entering(one, present)).kind
  return { room, enter, lose: (gone: Challenge) => cached.delete(gone.metadata.uid) }
}

const [one, two] = [challenge('one'), challenge('two')]

test('who has entered keeps others waiting until it leaves, and may be presented again meanwhile', async () => {
  const { room, enter } = roomAmong(one, two)
  expect([await enter(one), await enter(two), await enter(one)]).toEqual(['presented', 'waiting', 'presented'])
  room.leave(one)
  expect(await enter(two)).toBe('presented')
})

test('who waits is told for whom', async () => {
  const { room, enter } = roomAmong(one, two)
  await enter(one)
  expect(await room.entering(two, async () => ({ kind: 'presented' }))).toEqual({
    kind: 'waiting',
    why: 'Challenge shop/one for the same name comes first: this provider is given one record of a name at a time',
  })
})

test('another name is another room, whatever its letters', async () => {
  const [elsewhere, louder] = [challenge('elsewhere', {}, 'example.com'), challenge('louder', {}, 'SHOP.example.com')]
  const { enter } = roomAmong(one, elsewhere, louder)
  expect([await enter(one), await enter(elsewhere), await enter(louder)]).toEqual(['presented', 'presented', 'waiting'])
})

test.each<[what: string, present: () => Promise<PresentOutcome>]>([
  ['has to wait', async () => ({ kind: 'waiting', why: 'there is no token' })],
  ['fails', () => Promise.reject(new Error('the provider is away'))],
])('who %s while being presented does not keep its place', async (_what, present) => {
  const { enter } = roomAmong(one, two)
  await enter(one, present).catch(() => undefined)
  expect(await enter(two)).toBe('presented')
})

test('of two that an earlier life has presented the first goes on, and new ones wait for both', async () => {
  const [first, second] = [challenge('first', presented(1)), challenge('second', presented(2))]
  const { room, enter } = roomAmong(second, first, one)
  expect([await enter(one), await enter(second), await enter(first)]).toEqual(['waiting', 'waiting', 'presented'])
  room.leave(first)
  expect([await enter(one), await enter(second)]).toEqual(['waiting', 'presented'])
})

test('a record that is still to be taken away keeps its place until that was tried, however it ended', async () => {
  const over = challenge('over', { state: 'valid', presentedAt: '2026-01-01T00:00:01Z' })
  const { room, enter } = roomAmong(over, one)
  expect(await enter(one)).toBe('waiting')
  room.leave(over)
  expect(await enter(one)).toBe('presented')
})

test('who is gone keeps nobody waiting', async () => {
  const { enter, lose } = roomAmong(one, two)
  await enter(one)
  lose(one)
  expect(await enter(two)).toBe('presented')
})

test('who was never presented and failed keeps nobody waiting', async () => {
  const { enter } = roomAmong(challenge('failed', { state: 'errored' }), one)
  expect(await enter(one)).toBe('presented')
})
