import { expect, test } from 'vitest'
import { instant, MINUTE, type Instant } from '../../lib/instant.ts'
import { seeded } from '../../lib/seeded.test-support.ts'
import { localTime, readTimeZone } from '../../lib/time-zone.ts'
import { intoWindow, readRenewalWindows } from './renewal-windows.ts'

type Window = { readonly cron: string; readonly windowDuration: string; readonly timezone?: string }

const at = (text: string): Instant => instant(Date.parse(text))
const minuteOf = (moment: Instant): string => new Date(moment).toISOString().slice(0, 16)
const windows = (...list: readonly Window[]) => readRenewalWindows({ policy: 'RenewBefore', windows: [...list] })
const nightly: Window = { cron: '0 2 * * *', windowDuration: '2h' }
const weekend: Window = { cron: '0 6 * * sat', windowDuration: '36h' }
const berlin: Window = { ...nightly, timezone: 'Europe/Berlin' }
const newYork: Window = { cron: '30 1 * * *', windowDuration: '30m', timezone: 'America/New_York' }

test.each<[when: string, list: readonly Window[], desired: string, then: string]>([
  ['there is no window, it stays', [], '2026-06-10T12:00Z', '2026-06-10T12:00'],
  ['a window is open, it stays', [nightly], '2026-06-10T03:30Z', '2026-06-10T03:30'],
  ['a window has just opened, it stays', [nightly], '2026-06-10T02:00Z', '2026-06-10T02:00'],
  ['a window ends that moment, it stays', [nightly], '2026-06-10T04:00Z', '2026-06-10T04:00'],
  ['a window ended a minute ago, it waits for the next', [nightly], '2026-06-10T04:01Z', '2026-06-11T02:00'],
  ['the next window is days away, it waits', [weekend], '2026-06-10T04:01Z', '2026-06-13T06:00'],
  ['a long window opened the day before, it stays', [weekend], '2026-06-14T12:00Z', '2026-06-14T12:00'],
  ['of two windows the other one is open, it stays', [nightly, weekend], '2026-06-14T12:00Z', '2026-06-14T12:00'],
  ['of two windows one opens sooner, it takes that', [weekend, nightly], '2026-06-10T12:00Z', '2026-06-11T02:00'],
  ['it is night in Berlin, it stays', [berlin], '2026-06-10T00:30Z', '2026-06-10T00:30'],
  ['it is no longer night in Berlin, it waits', [berlin], '2026-06-10T03:00Z', '2026-06-11T00:00'],
  ['Berlin skips 02:00 that night, it waits a night more', [berlin], '2026-03-28T12:00Z', '2026-03-30T00:00'],
  ['Berlin has 02:00 twice, it takes the first', [berlin], '2026-10-24T12:00Z', '2026-10-25T00:00'],
  ['New York has 01:30 twice and the first is over, it takes the second', [newYork], '2026-11-01T06:05Z', '2026-11-01T06:30'],
])('when %s', (_when, list, desired, then) => {
  const moment = intoWindow(at(desired), at('2026-12-31T00:00Z'), windows(...list))
  expect(minuteOf(moment.at)).toBe(then)
  expect(moment.problem).toBeUndefined()
})

test.each<[when: string, list: readonly Window[], notAfter: string, why: RegExp]>([
  [
    'no window opens before it expires',
    [weekend],
    '2026-06-13T05:00Z',
    /no window .* opens between 2026-06-10T12:00:00Z and 2026-06-13T05/,
  ],
  ['a window opens only as it expires', [weekend], '2026-06-13T06:00Z', /no window/],
  ['the cron expression does not parse', [nightly, { ...nightly, cron: '0 25 * * *' }], '2027-01-01T00:00Z', /windows\[1\]: cron: "25"/],
  ['its day never comes', [{ ...nightly, cron: '0 0 31 2 *' }], '2027-01-01T00:00Z', /windows\[0\]: cron: .* such a day/],
  ['the time zone is not known', [{ ...nightly, timezone: 'Mars/Olympus' }], '2027-01-01T00:00Z', /timezone: "Mars\/Olympus"/],
  ['the window has no duration', [{ ...nightly, windowDuration: '0s' }], '2027-01-01T00:00Z', /windowDuration: "0s"/],
])('when %s, it is renewed where it was due, and says why', (_when, list, notAfter, why) => {
  const moment = intoWindow(at('2026-06-10T12:00Z'), at(notAfter), windows(...list))
  expect(minuteOf(moment.at)).toBe('2026-06-10T12:00')
  expect(moment.problem).toMatch(why)
})

test('the zone in front of the cron fields counts where none is given', () => {
  const inTokyo = windows({ cron: 'TZ=Asia/Tokyo 0 2 * * *', windowDuration: '1h' })
  expect(minuteOf(intoWindow(at('2026-06-10T12:00Z'), at('2027-01-01T00:00Z'), inTokyo).at)).toBe('2026-06-10T17:00')
})

test('2,000 random renewals are where a look at every minute would put them', () => {
  const random = seeded(11)
  const whole = (below: number): number => Math.floor(random() * below)
  const end = at('2026-10-28T00:00Z')
  const clocks = { 'Europe/Berlin': minutesBefore(end, 'Europe/Berlin'), 'America/New_York': minutesBefore(end, 'America/New_York') }
  for (let n = 0; n < 2_000; n += 1) {
    const list = Array.from({ length: 1 + whole(3) }, () => ({
      minute: whole(60),
      hour: whole(24),
      day: whole(9),
      minutes: 1 + whole(180),
    }))
    const timezone = whole(2) === 0 ? 'Europe/Berlin' : 'America/New_York'
    const desired = instant(end - (1 + whole(4 * 24 * 60)) * MINUTE)
    const written = list.map(({ minute, hour, day, minutes }) => ({
      cron: `${minute} ${hour} * * ${day > 6 ? '*' : day}`,
      windowDuration: `${minutes}m`,
      timezone,
    }))
    const moment = intoWindow(desired, end, windows(...written))
    const found = scanned(list, desired, clocks[timezone])
    expect({ written, desired: minuteOf(desired), at: minuteOf(moment.at), isOutside: moment.problem !== undefined }).toEqual({
      written,
      desired: minuteOf(desired),
      at: minuteOf(found ?? desired),
      isOutside: found === undefined,
    })
  }
})

interface PlainWindow {
  readonly minute: number
  readonly hour: number
  /** Above 6: every day. */
  readonly day: number
  readonly minutes: number
}

interface Minute {
  readonly at: Instant
  /** Of the week, by local clocks. */
  readonly day: number
  readonly hour: number
  readonly minute: number
}

/** What local clocks show in each minute of the five days before `end`. */
function minutesBefore(end: Instant, timezone: string): readonly Minute[] {
  const reading = readTimeZone(timezone)
  if (reading.kind === 'unreadable') throw new Error(reading.why)
  return Array.from({ length: 5 * 24 * 60 }, (_, n) => {
    const moment = instant(end + (n - 5 * 24 * 60) * MINUTE)
    const local = new Date(localTime(reading.zone, moment))
    return { at: moment, day: local.getUTCDay(), hour: local.getUTCHours(), minute: local.getUTCMinutes() }
  })
}

/** The first minute from `desired` on that lies in a window, by looking at the clock in each. */
function scanned(list: readonly PlainWindow[], desired: Instant, minutes: readonly Minute[]): Instant | undefined {
  let openUntil = -Infinity
  for (const { at: moment, day, hour, minute } of minutes) {
    for (const window of list) {
      const isOpening = window.minute === minute && window.hour === hour && (window.day > 6 || window.day === day)
      if (isOpening) openUntil = Math.max(openUntil, moment + window.minutes * MINUTE)
    }
    if (moment >= desired && moment <= openUntil) return moment
  }
  return undefined
}
