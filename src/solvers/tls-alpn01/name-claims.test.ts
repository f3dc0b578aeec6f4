import { expect, test } from 'vitest'
import type { Challenge } from '../../crds/challenge.ts'
import type { PresentOutcome } from '../solver.ts'
import { nameClaims } from './name-claims.ts'

const challenge = (uid: string): Challenge =>
  ({ metadata: { name: uid, namespace: 'shop', uid }, spec: { type: 'TLS-ALPN-01', dnsName: 'shop.example.com' } }) as Challenge
const [one, two] = [challenge('one'), challenge('two')]
const presented: PresentOutcome = { kind: 'presented' }

/** Claims with Challenges of which none is over, and none is presented yet as far as the cache knows. */
function claimsAmong(...underWay: readonly Challenge[]) {
  const left = new Set(underWay)
  const claims = nameClaims({
    of: () => undefined,
    underWay: (_name, uid) => [...left].find(({ metadata }) => metadata.uid === uid),
  })
  return { claims, end: (over: Challenge) => left.delete(over) }
}

test('whoever is being presented has the name for itself, before the cache knows', async () => {
  const { claims } = claimsAmong(one, two)
  const whilePresenting: (Challenge | undefined)[] = []
  await claims.holding(one, () => {
    whilePresenting.push(claims.rivalOf(two), claims.rivalOf(one))
    return Promise.resolve(presented)
  })
  expect(whilePresenting).toEqual([one, undefined])
  expect(claims.rivalOf(two)).toBe(one)
})

test('the name is free when its holder is over', async () => {
  const { claims, end } = claimsAmong(one, two)
  await claims.holding(one, () => Promise.resolve(presented))
  end(one)
  expect(claims.rivalOf(two)).toBeUndefined()
})

test.each<[what: string, present: () => Promise<PresentOutcome>]>([
  ['has to wait', () => Promise.resolve({ kind: 'waiting', why: 'there is no Gateway' })],
  ['failed', () => Promise.reject(new Error('the API server is away'))],
])('who %s while being presented does not keep the name', async (_what, present) => {
  const { claims } = claimsAmong(one, two)
  await claims.holding(one, present).catch(() => undefined)
  expect(claims.rivalOf(two)).toBeUndefined()
})
