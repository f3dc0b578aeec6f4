import { expect, test } from 'vitest'
import { DAY, HOUR, MINUTE, plus, SECOND, toRfc3339, type Instant } from '../../lib/instant.ts'
import { aCertificate, aStoredSecret, aWorld, issuingStatus, start } from './builders.ts'
import { decide } from './decide.ts'
import { issuanceHistory, type PastEffort } from './issuance-history.ts'
import { limitedUntil } from './issuance-budget.ts'
import type { World } from './world.ts'

/** So many efforts, the last of them at `start`. */
const past = (many: number, kind: PastEffort['kind'] = 'issuance'): readonly PastEffort[] =>
  Array.from({ length: many }, (_, n) => ({ kind, at: plus(start, (n - many + 1) * SECOND), counts: true }))

test.each<[many: number, effort: 'issuance' | 'issuance by hand' | 'repair', wait: number]>([
  [4, 'issuance', 0],
  [5, 'issuance', MINUTE],
  [6, 'issuance', 2 * MINUTE],
  [10, 'issuance', 32 * MINUTE],
  [11, 'issuance', HOUR],
  [60, 'issuance', HOUR],
  [9, 'issuance by hand', 0],
  [10, 'issuance by hand', MINUTE],
  [19, 'repair', 0],
  [20, 'repair', MINUTE],
])('after %d in a row the next %s waits %d ms', (many, effort, wait) => {
  const efforts = past(many, effort === 'repair' ? 'repair' : 'issuance')
  const until = plus(start, wait)
  expect(limitedUntil(efforts, effort, start)).toBe(wait === 0 ? undefined : until)
  expect(limitedUntil(efforts, effort, until)).toBeUndefined()
})

test('a day later all is forgotten', () => {
  expect(limitedUntil(past(60), 'issuance', plus(start, DAY))).toBeUndefined()
})

const gone = (parts: Partial<World> = {}): World =>
  aWorld({ certificate: aCertificate({ status: { revision: 9 } }), efforts: past(5), ...parts })

test('whoever keeps deleting the Secret is told by a condition with the time of the next try, and then it is issued', () => {
  const next = plus(start, MINUTE)
  const plan = decide(gone(), plus(start, SECOND))
  expect(plan.wakeAt).toBe(next)
  const [action] = plan.actions
  const status = action?.do === 'set-status' ? action.status : {}
  expect(status.conditions).toMatchObject([
    { type: 'Ready', status: 'False', reason: 'DoesNotExist' },
    {
      type: 'certwright.dev/Limited',
      status: 'True',
      reason: 'IssuanceLimited',
      message: expect.stringContaining(toRfc3339(next)) as string,
    },
  ])
  const limited = gone({ certificate: aCertificate({ status }) })
  expect(decide(limited, plus(start, 2 * SECOND)).actions).toEqual([])
  const [started] = decide(limited, next).actions
  expect(started).toMatchObject({ step: { kind: 'start', counts: true } })
  const types = started?.do === 'set-status' ? started.status.conditions?.map(({ type }) => type) : []
  expect(types).toEqual(['Ready', 'Issuing'])
})

test('the condition goes when there is nothing left to wait for', () => {
  const conditions = [{ type: 'certwright.dev/Limited', status: 'True' as const, reason: 'IssuanceLimited', message: '' }]
  const [action] = decide(
    gone({ certificate: aCertificate({ status: { revision: 9, conditions } }), stored: aStoredSecret() }),
    start,
  ).actions
  expect(action?.do === 'set-status' ? action.status.conditions?.map(({ type }) => type) : []).toEqual(['Ready'])
})

test('an issuance that is asked for by hand does not wait, but one asked for in a loop does', () => {
  const certificate = aCertificate({ status: issuingStatus({ revision: 9 }) })
  expect(decide(gone({ certificate }), start).actions).toMatchObject([{ step: { kind: 'use-next-key', isStart: true } }])
  const plan = decide(gone({ certificate, efforts: past(10) }), start)
  expect(plan.actions).toMatchObject([{ step: { kind: 'limit', reason: 'IssuanceLimited' } }])
  expect(plan.wakeAt).toBe(plus(start, MINUTE))
})

test('what another program takes off the Secret again and again is put back ever less often', () => {
  const certificate = aCertificate({ spec: { secretTemplate: { labels: { team: 'shop' } } }, status: { revision: 1 } })
  const world = gone({ certificate, stored: aStoredSecret(), efforts: past(20, 'repair') })
  expect(decide(world, start).actions).toMatchObject([{ step: { kind: 'limit', reason: 'RepairLimited' } }])
  expect(decide(world, plus(start, MINUTE)).actions).toMatchObject([{ do: 'repair-secret' }])
})

test('a failure has its own back-off, and does not wait for the budget too', () => {
  const certificate = aCertificate({ status: { lastFailureTime: toRfc3339(start), failedIssuanceAttempts: 1 } })
  expect(decide(gone({ certificate, efforts: past(20) }), plus(start, HOUR)).actions[0]).toMatchObject({
    step: { kind: 'start', counts: false },
  })
})

/** Runs the life of a Certificate whose issuer gives certificates for `lifetime`, at once; returns when each was asked for. */
function renewals(lifetime: number, until: Instant): readonly Instant[] {
  const history = issuanceHistory()
  const starts: Instant[] = []
  let now = start
  let issuedAt: Instant | undefined
  while (now < until) {
    const stored = issuedAt === undefined ? undefined : aStoredSecret({ notBefore: issuedAt, lifetime })
    const { actions, wakeAt } = decide(
      aWorld({ certificate: aCertificate({ status: { revision: 1 } }), stored, efforts: history.of('web') }),
      now,
    )
    const action = actions.find((one) => one.do === 'set-status' && one.step.kind === 'start')
    if (action?.do === 'set-status' && action.step.kind === 'start') {
      history.record('web', { kind: 'issuance', at: now, counts: action.step.counts })
      starts.push(now)
      issuedAt = now
    } else if (wakeAt === undefined) break
    else now = wakeAt
  }
  return starts
}

test('certificates of a minute are renewed every 40 seconds, all day long', () => {
  expect(renewals(MINUTE, plus(start, DAY))).toHaveLength(DAY / (40 * SECOND))
})

test('a CA whose certificates end in a moment is asked some thirty times a day', () => {
  const starts = renewals(SECOND, plus(start, DAY))
  expect(starts.length).toBeGreaterThan(20)
  expect(starts.length).toBeLessThan(40)
})

test('the history forgets what is older than a day, and of what does not count all but the newest', () => {
  const history = issuanceHistory()
  history.record('web', { kind: 'issuance', at: start, counts: true })
  for (const n of [1, 2, 3]) history.record('web', { kind: 'issuance', at: plus(start, n * HOUR), counts: false })
  expect(history.of('web').map(({ at }) => (at - start) / HOUR)).toEqual([0, 3])
  history.record('web', { kind: 'repair', at: plus(start, 2 * DAY), counts: true })
  expect(history.of('web')).toHaveLength(1)
  expect(history.of('other')).toEqual([])
})
