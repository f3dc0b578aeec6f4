import { expect, test } from 'vitest'
import { AcmeError } from '../../acme/acme-error.ts'
import type { Ari } from '../../issuers/acme/renewal-answers.ts'
import { DAY, HOUR, instant, MINUTE, parseRfc3339, plus, SECOND } from '../../lib/instant.ts'
import { afterAnswer, afterFailure } from './answer.ts'

const now = instant(Date.UTC(2026, 0, 10))
const moment = { now, spread: 0 }
const window = { start: plus(now, 50 * DAY), end: plus(now, 52 * DAY) }
const before: Ari = {
  suggestedWindow: { start: '2026-03-01T00:00:00Z', end: '2026-03-03T00:00:00Z' },
  explanationURL: 'https://ca.example.com/why',
  lastChecked: '2026-01-09T18:00:00Z',
  nextCheck: '2026-01-10T00:00:00Z',
}
const waitOf = ({ lastChecked, nextCheck }: Ari): number => (parseRfc3339(nextCheck) ?? 0) - (parseRfc3339(lastChecked) ?? 0)

test.each<[says: string, retryAfter: number | undefined, wait: number]>([
  ['nothing', undefined, 6 * HOUR],
  ['six hours', 6 * HOUR, 6 * HOUR],
  ['a second', SECOND, MINUTE],
  ['a month', 30 * DAY, DAY],
])('an answer that says %s about the next question is asked for again in time', (_says, retryAfter, wait) => {
  const ari = afterAnswer({ suggestedWindow: window, ...(retryAfter === undefined ? {} : { retryAfter: plus(now, retryAfter) }) }, moment)
  expect(waitOf(ari)).toBe(wait)
})

test('an answer is stored whole, and takes the place of everything before', () => {
  expect(afterAnswer({ suggestedWindow: window, explanationUrl: 'https://ca.example.com/' }, moment)).toEqual({
    suggestedWindow: { start: '2026-03-01T00:00:00Z', end: '2026-03-03T00:00:00Z' },
    explanationURL: 'https://ca.example.com/',
    lastChecked: '2026-01-10T00:00:00Z',
    nextCheck: '2026-01-10T06:00:00Z',
  })
})

test('a fleet spreads over a tenth of the wait, and nobody asks too early', () => {
  expect(waitOf(afterAnswer({ suggestedWindow: window }, { now, spread: 0.999 }))).toBeGreaterThan(6.5 * HOUR)
})

test('a window of less than a second keeps an end after its start', () => {
  const { suggestedWindow } = afterAnswer({ suggestedWindow: { start: now, end: plus(now, 1) } }, moment)
  expect(suggestedWindow).toEqual({ start: '2026-01-10T00:00:00Z', end: '2026-01-10T00:00:01Z' })
})

const outage = new AcmeError('acme/unreachable', 'nobody there')
const unknown = new AcmeError('acme/malformed', '', {
  httpStatus: 404,
  problem: { type: 'urn:ietf:params:acme:error:malformed', detail: 'never seen', subproblems: [] },
})

test('a passing trouble keeps the suggestion, tells why, and doubles the wait up to six hours', () => {
  let ari = afterFailure(before, outage, moment)
  expect(ari).toMatchObject({ suggestedWindow: before.suggestedWindow, explanationURL: before.explanationURL, lastError: 'nobody there' })
  const waits = [waitOf(ari)]
  for (let again = 0; again < 10; again += 1) {
    ari = afterFailure(ari, outage, moment)
    waits.push(waitOf(ari))
  }
  expect(waits.slice(0, 4)).toEqual([MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE])
  expect(waits.at(-1)).toBe(6 * HOUR)
})

test('a CA that is busy is asked again when it says', () => {
  const busy = new AcmeError('acme/rateLimited', 'slow down', { httpStatus: 429, retryAfter: plus(now, 3 * HOUR) })
  expect(waitOf(afterFailure(undefined, busy, moment))).toBe(3 * HOUR)
})

test('a CA that does not know the certificate has nothing to suggest, and is asked again in six hours', () => {
  expect(afterFailure(before, unknown, moment)).toEqual({
    lastChecked: '2026-01-10T00:00:00Z',
    nextCheck: '2026-01-10T06:00:00Z',
    lastError: '404 urn:ietf:params:acme:error:malformed: never seen',
  })
})
