import { expect, test } from 'vitest'
import { DAY, HOUR, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import { aCertificate, aNextKey, aRequest, aStoredSecret, aWorld, issued, issuingStatus, start, wanted } from './builders.ts'
import { decide } from './decide.ts'
import { readRenewalWindows } from './renewal-windows.ts'
import type { World } from './world.ts'

const now = plus(start, HOUR)
const statusOf = (world: World, at: Instant) => {
  const action = decide(world, at).actions.find((one) => one.do === 'set-status')
  return action?.do === 'set-status' ? action.status : undefined
}

const inWindows = (...windows: readonly { readonly cron: string; readonly windowDuration: string }[]) => ({
  ...wanted,
  windows: readRenewalWindows({ policy: 'RenewBefore', windows: [...windows] }),
})
/** Issued at the beginning of the year, due on 2 March at midnight. */
const stable = { certificate: aCertificate({ status: { revision: 1 } }), stored: aStoredSecret() }
test('a renewal waits for its window, in the status and in the time to look again', () => {
  const world = aWorld({ ...stable, wanted: inWindows({ cron: '0 3 * * *', windowDuration: '1h' }) })
  const opening = plus(start, 60 * DAY + 3 * HOUR)
  expect(statusOf(world, now)?.renewalTime).toBe(toRfc3339(opening))
  expect(decide(world, plus(opening, -1))).toMatchObject({ because: 'up to date', wakeAt: opening })
  expect(decide(world, opening).actions).toMatchObject([{ step: { kind: 'start', reason: 'Renewing' } }])
})

test.each<[when: string, windows: World['wanted'], why: RegExp]>([
  ['no window opens in time', inWindows({ cron: '0 3 1 5 *', windowDuration: '1h' }), /no window of spec.renewal.windows opens/],
  ['a window cannot be read', inWindows({ cron: '0 3 31 2 *', windowDuration: '1h' }), /spec.renewal.windows\[0\]: cron/],
])('when %s, it stays Ready and says so, with one Event at first and one when it is renewed outside', (_when, windows, why) => {
  const world = aWorld({ ...stable, wanted: windows })
  const warning = { do: 'warn', reason: 'WindowError', message: expect.stringMatching(why) as string }
  expect(decide(world, now).actions[0]).toMatchObject(warning)
  const status = statusOf(world, now) ?? {}
  expect(status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True', message: expect.stringMatching(why) as string })
  const told = { ...world, certificate: { ...world.certificate, status } }
  expect(decide(told, now).actions).toEqual([])
  expect(decide(told, plus(start, 60 * DAY)).actions).toMatchObject([warning, { step: { kind: 'start', reason: 'Renewing' } }])
})

test('the write that ends an issuance tells of windows that cannot be satisfied', () => {
  const given = {
    certificate: aCertificate({ status: issuingStatus({ nextPrivateKeySecretName: 'web-abcde' }) }),
    nextKeys: [aNextKey('web-abcde')],
    requests: [aRequest({ state: issued() })],
  }
  const never = inWindows({ cron: '0 3 31 2 *', windowDuration: '1h' })
  const { actions } = decide(aWorld({ ...given, stored: aStoredSecret(), wanted: never }), now)
  expect(actions.map((action) => action.do)).toEqual(['warn', 'set-status'])
})
