import { expect, test } from 'vitest'

import type { Challenge } from '../../crds/challenge.ts'
import { instant } from '../../lib/instant.ts'
import { createSelfChecks } from './self-checks.ts'

const clock = { now: () => instant(1_000) }
const challenge = (name: string, uid = name): Challenge => ({
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Challenge',
  metadata: { name, namespace: 'shop', uid },
  spec: {
    url: 'u',
    authorizationURL: 'a',
    dnsName: 'a.example',
    type: 'HTTP-01',
    token: 'tok',
    key: 'k',
    solver: {},
    issuerRef: { name: 'le' },
  },
})

const LONGEST_PAUSE = 2_000

test('a check runs beside the caller and wakes its Challenge with the result', async () => {
  const checks = createSelfChecks(clock)
  const woken = new Promise((resolve) => checks.trigger(resolve))
  checks.start(challenge('a'), async () => ({ kind: 'passed' }), LONGEST_PAUSE)
  expect(checks.viewOf(challenge('a')).isRunning).toBe(true)
  expect(await woken).toBe('shop/a')
  expect(checks.viewOf(challenge('a'))).toMatchObject({ isRunning: false, last: { kind: 'passed' }, nextAt: 1_200 })
})

test('the result for a Challenge does not count for another one of the same name', async () => {
  const checks = createSelfChecks(clock)
  const woken = new Promise((resolve) => checks.trigger(resolve))
  checks.start(challenge('a', 'old'), async () => ({ kind: 'passed' }), LONGEST_PAUSE)
  await woken
  expect(checks.viewOf(challenge('a', 'new'))).toEqual({ isRunning: false, last: undefined, nextAt: undefined })
})

test('of a thousand checks only some run at once, and all come to their turn', async () => {
  const checks = createSelfChecks(clock)
  let running = 0
  let most = 0
  let woken = 0
  await new Promise<void>((resolve) => {
    checks.trigger(() => {
      woken += 1
      if (woken === 1_000) resolve()
    })
    for (let at = 0; at < 1_000; at += 1) {
      checks.start(
        challenge(`c${at}`),
        async () => {
          running += 1
          most = Math.max(most, running)
          await new Promise((next) => setImmediate(next))
          running -= 1
          return { kind: 'passed' }
        },
        LONGEST_PAUSE,
      )
    }
  })
  expect(most).toBe(256)
})

test('a newcomer is looked at before the next tries of hundreds that see nothing', async () => {
  const checks = createSelfChecks(clock)
  const unseen = { kind: 'failed', why: 'nobody answers', isInconclusive: true } as const
  const holes = Array.from({ length: 600 }, (_, at) => challenge(`hole${at}`))
  const order: string[] = []
  const look = (one: Challenge) => () => {
    order.push(one.metadata.name)
    return new Promise<typeof unseen>((settle) => setImmediate(() => settle(unseen)))
  }
  let woken = 0
  await new Promise<void>((resolve) => {
    checks.trigger((key) => {
      woken += 1
      if (woken === holes.length) for (const hole of holes) checks.start(hole, look(hole), LONGEST_PAUSE)
      if (woken === holes.length + 1) checks.start(challenge('newcomer'), look(challenge('newcomer')), LONGEST_PAUSE)
      if (key === 'shop/newcomer') resolve()
    })
    for (const hole of holes) checks.start(hole, look(hole), LONGEST_PAUSE)
  })
  // 256 second tries were under way already, and those that ended made room for one more each.
  expect(order.indexOf('newcomer')).toBeLessThan(holes.length + 256 + 2)
})

test('a look that takes long is rested from for longer', async () => {
  let time = 1_000
  const checks = createSelfChecks({ now: () => instant(time) })
  const woken = new Promise((resolve) => checks.trigger(resolve))
  const look = async () => {
    time += 15_000
    return { kind: 'failed', why: 'nobody answers', isInconclusive: true } as const
  }
  checks.start(challenge('hole'), look, LONGEST_PAUSE)
  await woken
  expect(checks.viewOf(challenge('hole')).nextAt).toBe(time + 45_000)
})

test('when the controller stops, running checks are told to end and wake nobody', async () => {
  const checks = createSelfChecks(clock)
  const woken: string[] = []
  const stop = checks.trigger((key) => void woken.push(key))
  const ended = new Promise<void>((resolve) => {
    checks.start(
      challenge('a'),
      (signal) =>
        new Promise((settle) => {
          signal.addEventListener('abort', () => {
            settle({ kind: 'failed', why: 'stopped', isInconclusive: true })
            resolve()
          })
        }),
      LONGEST_PAUSE,
    )
  })
  stop()
  await ended
  await new Promise((next) => setImmediate(next))
  expect(woken).toEqual([])
})

test('the pause between two checks grows up to the longest that the solver wants', async () => {
  const checks = createSelfChecks(clock)
  let wake = (): void => {}
  checks.trigger(() => wake())
  const pauses: number[] = []
  for (let tries = 0; tries < 12; tries += 1) {
    await new Promise<void>((resolve) => {
      wake = resolve
      checks.start(challenge('a'), async () => ({ kind: 'failed', why: 'not there', isInconclusive: true }), 10_000)
    })
    pauses.push(Math.round((checks.viewOf(challenge('a')).nextAt ?? 0) - clock.now()))
  }
  expect(pauses).toEqual([200, 300, 450, 675, 1_013, 1_519, 2_278, 3_417, 5_126, 7_689, 10_000, 10_000])
})
