import { expect, test } from 'vitest'
import type { CertificateStatus } from '../../crds/certificate.ts'
import { DAY, HOUR, instant, plus, toRfc3339 } from '../../lib/instant.ts'
import { aCertificate, aStoredSecret, aWorld, start, wanted } from './builders.ts'
import { decide } from './decide.ts'
import { renewalSuggestion, suggestedTime } from './renewal-suggestion.ts'
import type { World } from './world.ts'

const leaf = { notBefore: start, notAfter: plus(start, 90 * DAY) }
const window = (from: number, to: number) => ({ start: plus(start, from), end: plus(start, to), explanationUrl: undefined })
const seeds = Array.from({ length: 1_000 }, (_, seed) => `uid-${seed}`)

test('of a thousand certificates with one window each has its moment in it, and they spread', () => {
  const suggestion = window(60 * DAY, 62 * DAY)
  const moments = seeds.map((seed) => Number(suggestedTime(suggestion, leaf, seed)))
  expect(Math.min(...moments)).toBeGreaterThanOrEqual(suggestion.start)
  expect(Math.max(...moments)).toBeLessThanOrEqual(suggestion.end)
  expect(moments.filter((at) => at < plus(suggestion.start, DAY)).length / moments.length).toBeCloseTo(0.5, 1)
})

test('the moment is the same at every look', () => {
  expect(suggestedTime(window(60 * DAY, 62 * DAY), leaf, 'a')).toBe(suggestedTime(window(60 * DAY, 62 * DAY), leaf, 'a'))
})

test('no moment is in the last twentieth of the lifetime while there are earlier ones', () => {
  const moments = seeds.map((seed) => Number(suggestedTime(window(0, 200 * DAY), leaf, seed)))
  expect(Math.max(...moments)).toBeLessThanOrEqual(plus(start, 85.5 * DAY))
  expect(suggestedTime(window(89 * DAY, 90 * DAY), leaf, 'a')).toBe(plus(start, 89 * DAY))
})

test('a window that begins when the certificate has expired is none', () => {
  expect(suggestedTime(window(90 * DAY, 91 * DAY), leaf, 'a')).toBeUndefined()
})

test.each<[what: string, ari: NonNullable<CertificateStatus['acme']>['ari']]>([
  ['nothing', undefined],
  ['no window', {}],
  ['no time', { suggestedWindow: { start: 'soon', end: 'later' } }],
  ['an end before the start', { suggestedWindow: { start: '2026-03-02T00:00:00Z', end: '2026-03-01T00:00:00Z' } }],
])('%s in the status is no suggestion', (_what, ari) => {
  expect(renewalSuggestion(ari)).toBeUndefined()
})

const now = plus(start, HOUR)
const stable = { certificate: aCertificate({ status: { revision: 1 } }), stored: aStoredSecret() }
const renewalAt = (parts: Partial<World>): number | undefined => {
  const action = decide(aWorld({ ...stable, ...parts }), now).actions.find((one) => one.do === 'set-status')
  const text = action?.do === 'set-status' ? action.status.renewalTime : undefined
  return text === undefined ? undefined : Date.parse(text)
}
const heard = { suggestedWindow: { start: toRfc3339(plus(start, 20 * DAY)), end: toRfc3339(plus(start, 20 * DAY + 1_000)) } }

test('what the CA says goes into the status together with the renewal time that follows from it', () => {
  const parts = { ...stable, heard, suggestion: renewalSuggestion(heard) }
  const [action] = decide(aWorld(parts), now).actions
  const status = action?.do === 'set-status' ? action.status : {}
  expect(status).toMatchObject({ acme: { ari: heard }, renewalTime: toRfc3339(plus(start, 20 * DAY)) })
  expect(decide(aWorld({ ...parts, certificate: aCertificate({ status }) }), now).actions).toEqual([])
})

const day20 = window(20 * DAY, 20 * DAY + 1_000)

test.each<[when: string, parts: Partial<World>, at: number | undefined]>([
  ['without a suggestion, after two thirds of the lifetime', {}, 60 * DAY],
  ['with one, then', { suggestion: day20 }, 20 * DAY],
  ['with one that comes to nothing, after two thirds of the lifetime', { suggestion: window(91 * DAY, 92 * DAY) }, 60 * DAY],
  ['with one that is later, then', { suggestion: window(70 * DAY, 70 * DAY + 1_000) }, 70 * DAY],
  [
    'with one before renewBefore, then',
    { suggestion: day20, wanted: { ...wanted, renewal: { kind: 'before', milliseconds: 10 * DAY } } },
    20 * DAY,
  ],
  [
    'with one after renewBefore, as the user wants it',
    { suggestion: day20, wanted: { ...wanted, renewal: { kind: 'before', milliseconds: 80 * DAY } } },
    10 * DAY,
  ],
  ['though renewal is disabled, never', { suggestion: day20, wanted: { ...wanted, renewal: { kind: 'disabled' } } }, undefined],
])('a certificate is renewed %s', (_when, parts, at) => {
  expect(renewalAt(parts)).toBe(at === undefined ? undefined : instant(start + at))
})

test('a window in the past means now, and the reason tells what the CA says', () => {
  const past = { ...window(-DAY, -HOUR), explanationUrl: 'https://ca.example.com/incident' }
  expect(decide(aWorld({ ...stable, suggestion: past }), now).actions).toMatchObject([
    { step: { kind: 'start', reason: 'Renewing', message: expect.stringContaining('https://ca.example.com/incident') as string } },
  ])
})
