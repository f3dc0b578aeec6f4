import { expect, test } from 'vitest'
import { DAY, HOUR, MINUTE, plus, toRfc3339 } from '../../lib/instant.ts'
import { aCertificate, aStoredSecret, aWorld, start, wanted } from './builders.ts'
import { caChange } from './ca-change.ts'
import type { CurrentCa } from './current-ca.ts'
import { decide } from './decide.ts'
import { readRenewalWindows } from './renewal-windows.ts'
import type { World } from './world.ts'

const now = plus(start, HOUR)
const aCa = (parts: Partial<CurrentCa> = {}): CurrentCa => ({
  signer: { name: 'CA', keyId: 'second' },
  notAfter: plus(start, 365 * DAY),
  spread: 0,
  ...parts,
})
const issuedWorld = (parts: Partial<World> = {}): World =>
  aWorld({ certificate: aCertificate({ status: { revision: 1 } }), stored: aStoredSecret(), ...parts })

test.each<[when: string, currentCa: CurrentCa | undefined, reissued: boolean]>([
  ['its CA has another key', aCa(), true],
  ['its CA has another name', aCa({ signer: { name: 'Other', keyId: 'first' } }), true],
  ['its CA has another name and says nothing of its key', aCa({ signer: { name: 'Other', keyId: undefined } }), true],
  ['its CA is the one that signed it', aCa({ signer: { name: 'CA', keyId: 'first' } }), false],
  ['its CA says nothing of its key and has the same name', aCa({ signer: { name: 'CA', keyId: undefined } }), false],
  ['its CA has another key and has expired', aCa({ notAfter: plus(now, -1) }), false],
  ['nobody asked to follow the CA', undefined, false],
])('when %s: reissued %s', (_when, currentCa, reissued) => {
  const { actions } = decide(issuedWorld({ currentCa }), now)
  const started = actions.filter((action) => action.do === 'set-status' && action.step.kind === 'start')
  expect(started).toMatchObject(reissued ? [{ step: { reason: 'CAChanged' } }] : [])
})

test('nothing is reissued for the CA while there is a reason that other clients know', () => {
  const due = issuedWorld({ currentCa: aCa() })
  expect(decide(due, plus(start, 60 * DAY)).actions).toMatchObject([{ step: { kind: 'start', reason: 'Renewing' } }])
})

test('until its turn the Certificate is Ready, says when that is, and is looked at then', () => {
  const world = issuedWorld({ currentCa: aCa({ spread: DAY }) })
  const change = caChange(world, now)
  if (change === undefined) throw new Error('the CA has changed')
  expect(change.at).toBeGreaterThan(now)
  const { actions, wakeAt, because } = decide(world, now)
  expect(actions).toMatchObject([
    {
      do: 'set-status',
      step: { kind: 'rest' },
      status: { conditions: [{ type: 'Ready', status: 'True', message: expect.stringContaining(toRfc3339(change.at)) as string }] },
    },
  ])
  expect({ wakeAt, because }).toEqual({ wakeAt: change.at, because: change.message })
  expect(decide(world, change.at).actions).toMatchObject([{ step: { kind: 'start', reason: 'CAChanged' } }])
})

test('the turn of a Certificate stays where it is as time goes by, and one that was missed comes again', () => {
  const world = issuedWorld({ currentCa: aCa({ spread: DAY }) })
  const at = caChange(world, now)?.at ?? now
  expect(caChange(world, plus(at, -1))?.at).toBe(at)
  expect(caChange(world, plus(at, 4 * MINUTE))?.at).toBe(plus(at, 4 * MINUTE))
  expect(caChange(world, plus(at, 5 * MINUTE))?.at).toBe(plus(at, DAY))
})

test('the Certificates of one CA are spread over the time that was asked for', () => {
  const turns = Array.from({ length: 240 }, (_, at) => {
    const certificate = { ...aCertificate(), metadata: { name: 'web', uid: `6f2b-${at}-11` } }
    return caChange(issuedWorld({ certificate, currentCa: aCa({ spread: DAY }) }), now)?.at ?? now
  })
  const perHour = Map.groupBy(turns, (at) => Math.floor((at - now) / HOUR))
  expect(Math.max(...turns)).toBeLessThanOrEqual(plus(now, DAY))
  expect(Math.max(...[...perHour.values()].map((inHour) => inHour.length))).toBeLessThan(40)
})

test.each([10 * MINUTE, 2 * HOUR])('with a renewal window, however short, the turn is within it (%i ms)', (length) => {
  const windowDuration = `${length / MINUTE}m`
  const windows = readRenewalWindows({ policy: 'RenewBefore', windows: [{ cron: '0 3 * * *', windowDuration }] })
  const world = issuedWorld({ wanted: { ...wanted, windows }, currentCa: aCa({ spread: DAY }) })
  const opening = plus(start, 3 * HOUR)
  expect(caChange(world, now)?.at).toBe(opening)
  const at = caChange(world, opening)?.at ?? now
  expect(at).toBeGreaterThanOrEqual(opening)
  expect(at).toBeLessThanOrEqual(plus(opening, length))
  expect(caChange(world, at)?.at).toBe(at)
})
