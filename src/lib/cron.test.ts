import { describe, expect, test } from 'vitest'
import { parseCron } from './cron.ts'
import { instant, MINUTE, type Instant } from './instant.ts'
import { nextCronTime } from './next-cron-time.ts'
import { seeded } from './seeded.test-support.ts'
import { localTime, readTimeZone, type TimeZone } from './time-zone.ts'

function zoneOf(name: string): TimeZone {
  const reading = readTimeZone(name)
  if (reading.kind === 'unreadable') throw new Error(reading.why)
  return reading.zone
}

function scheduleOf(text: string) {
  const reading = parseCron(text)
  if (reading.kind === 'unreadable') throw new Error(reading.why)
  return reading.schedule
}

const at = (text: string): Instant => instant(Date.parse(text))
const far = at('2036-01-01T00:00:00Z')
const next = (cron: string, zone: string, from: string): string | undefined => {
  const found = nextCronTime(scheduleOf(cron), zoneOf(zone), { from: at(from), until: far })
  return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16)
}

test.each<[when: string, cron: string, zone: string, from: string, then: string]>([
  ['the moment itself counts', '0 3 * * *', 'UTC', '2026-03-01T03:00Z', '2026-03-01T03:00'],
  ['a second later it is the next day', '0 3 * * *', 'UTC', '2026-03-01T03:00:01Z', '2026-03-02T03:00'],
  ['a list, a range and steps', '5,50-52/2 1-3 * * *', 'UTC', '2026-03-01T01:06Z', '2026-03-01T01:50'],
  ['a start with a step runs to the end', '40/10 * * * *', 'UTC', '2026-03-01T00:41Z', '2026-03-01T00:50'],
  ['names of months and days', '0 0 * feb-MAR Mon', 'UTC', '2026-03-29T00:00Z', '2026-03-30T00:00'],
  ['both days restricted: either will do', '0 0 13 * 5', 'UTC', '2026-03-07T00:00Z', '2026-03-13T00:00'],
  ['both days restricted: the other one', '0 0 14 * 5', 'UTC', '2026-03-14T00:01Z', '2026-03-20T00:00'],
  ['one day restricted: only that', '0 0 * * 0', 'UTC', '2026-03-02T00:00Z', '2026-03-08T00:00'],
  ['a leap day years ahead', '0 0 29 2 *', 'UTC', '2028-03-01T00:00Z', '2032-02-29T00:00'],
  ['a name for all fields', '@weekly', 'UTC', '2026-03-02T00:00Z', '2026-03-08T00:00'],
  ['local time east of UTC, on the day before', '30 1 * * *', 'Asia/Tokyo', '2026-03-01T12:00Z', '2026-03-01T16:30'],
  ['half hours from UTC', '0 0 * * *', 'Asia/Kolkata', '2026-03-01T00:00Z', '2026-03-01T18:30'],
  ['Berlin in winter', '0 3 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', '2026-03-28T02:00'],
  ['Berlin in summer', '0 3 * * *', 'Europe/Berlin', '2026-03-29T00:00Z', '2026-03-29T01:00'],
  ['Berlin skips 02:30 that night', '30 2 * * *', 'Europe/Berlin', '2026-03-29T00:00Z', '2026-03-30T00:30'],
  ['Berlin has 02:30 twice, first in summer time', '30 2 * * *', 'Europe/Berlin', '2026-10-25T00:00Z', '2026-10-25T00:30'],
  ['Berlin has 02:30 twice, then in winter time', '30 2 * * *', 'Europe/Berlin', '2026-10-25T00:31Z', '2026-10-25T01:30'],
  ['New York skips 02:15 that night', '15 2 * * *', 'America/New_York', '2026-03-08T05:00Z', '2026-03-09T06:15'],
  ['New York has 01:15 twice, then in winter time', '15 1 * * *', 'America/New_York', '2026-11-01T05:16Z', '2026-11-01T06:15'],
  ['every hour goes on through the night of the change', '0 * * * *', 'America/New_York', '2026-11-01T05:01Z', '2026-11-01T06:00'],
  ['half an hour of daylight saving', '0 12 * * *', 'Australia/Lord_Howe', '2026-04-05T00:00Z', '2026-04-05T01:30'],
])('%s: %s in %s', (_when, cron, zone, from, then) => {
  expect(next(cron, zone, from)).toBe(then)
})

test('what would come after the end is not found', () => {
  const until = at('2026-03-01T02:59Z')
  expect(nextCronTime(scheduleOf('0 3 * * *'), zoneOf('UTC'), { from: at('2026-03-01T00:00Z'), until })).toBeUndefined()
})

test.each<[text: string, why: RegExp]>([
  ['0 3 * *', /five fields/],
  ['0 0 3 * * *', /five fields/],
  ['@every 1h', /five fields/],
  ['@fortnightly', /five fields/],
  ['60 3 * * *', /"60" is no minute/],
  ['0 3 0 * *', /"0" is no day of month/],
  ['0 3 * * 7', /"7" is no day of week/],
  ['0 5-3 * * *', /"5-3" is no hour/],
  ['*/0 * * * *', /"\*\/0" is no minute/],
  ['1-2-3 * * * *', /no minute/],
  ['0 3 * mai *', /"mai" is no month/],
  [', 3 * * *', /minute is missing/],
  ['0 3 30 2 *', /no.* such a day/],
  ['0 3 31 4,6 *', /no.* such a day/],
])('%j is no cron expression', (text, why) => {
  expect(parseCron(text)).toMatchObject({ kind: 'unreadable', why: expect.stringMatching(why) as string })
})

test('a zone in front of the fields is read', () => {
  expect(scheduleOf('CRON_TZ=Europe/Berlin 0 3 * * *').zone).toBe('Europe/Berlin')
})

test.each(['Europe/Nowhere', '+05:30', '', 'Europe/Berlin; rm'])('%j is no time zone', (name) => {
  expect(readTimeZone(name)).toMatchObject({ kind: 'unreadable' })
})

describe('against a clock that is read minute by minute', () => {
  const random = seeded(7)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const fields = [
    () => pick(['*', '0', '30', '*/7', '5-9', '0,59', '58/1']),
    () => pick(['*', '0', '1', '2', '3', '1-3', '*/5', '23']),
    () => pick(['*', '*', '*', '1', '8,25', '29-30,31', '?']),
    () => pick(['*', '*', '3', '10,11', 'jan-apr/3']),
    () => pick(['*', '*', '*', '0', 'sun,sat', '1-5']),
  ]
  const nights: readonly (readonly [zone: string, day: string])[] = [
    ['UTC', '2026-12-31'],
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['America/New_York', '2026-03-08'],
    ['America/New_York', '2026-11-01'],
    ['Asia/Kolkata', '2026-02-28'],
    ['Australia/Lord_Howe', '2026-04-04'],
    ['America/Santiago', '2026-09-05'],
    ['Africa/Casablanca', '2026-02-15'],
  ]

  test('2,000 random schedules open at the same minute', () => {
    const clocks = nights.map(([name, day]) => ({ zone: zoneOf(name), readings: clockAround(zoneOf(name), day) }))
    for (let n = 0; n < 2_000; n += 1) {
      const cron = fields.map((field) => field()).join(' ')
      const { zone, readings } = pick(clocks)
      const ahead = readings.slice(Math.floor(random() * 4 * 1_440))
      const [from, until] = [ahead[0]?.at ?? far, ahead.at(-1)?.at ?? far]
      expect([cron, zone.name, from, nextCronTime(scheduleOf(cron), zone, { from, until })]).toEqual([
        cron,
        zone.name,
        from,
        scanned(cron, ahead),
      ])
    }
  })
})

/** Written without regard to cron.ts, from the fields as text. */
function scanned(cron: string, clock: readonly Reading[]): Instant | undefined {
  const parts = cron.split(' ')
  const sets = parts.map((part, n) => expanded(part, n))
  const isStar = (n: number): boolean => parts[n] === '*' || parts[n] === '?'
  return clock.find(({ fields }) => {
    const [isMinute, isHour, isDayOfMonth, isMonth, isDayOfWeek] = fields.map((value, n) => sets[n]?.has(value) === true)
    const isDay = isStar(2) || isStar(4) ? isDayOfMonth && isDayOfWeek : isDayOfMonth || isDayOfWeek
    return isMinute && isHour && isMonth && isDay
  })?.at
}

interface Reading {
  readonly at: Instant
  readonly fields: readonly [minute: number, hour: number, dayOfMonth: number, month: number, dayOfWeek: number]
}

/** What the clocks of a place show in each minute of the five days around `day`. */
function clockAround(zone: TimeZone, day: string): readonly Reading[] {
  return Array.from({ length: 5 * 1_440 }, (_, n) => {
    const moment = instant(at(`${day}T00:00Z`) + (n - 2 * 1_440) * MINUTE)
    const local = new Date(localTime(zone, moment))
    const fields = [local.getUTCMinutes(), local.getUTCHours(), local.getUTCDate(), local.getUTCMonth() + 1, local.getUTCDay()] as const
    return { at: moment, fields }
  })
}

function expanded(part: string, n: number): ReadonlySet<number> {
  const [low, high] = [
    [0, 59],
    [0, 23],
    [1, 31],
    [1, 12],
    [0, 6],
  ][n] as [number, number]
  const numbers = part.replaceAll('jan', '1').replaceAll('apr', '4').replaceAll('sun', '0').replaceAll('sat', '6')
  const values = new Set<number>()
  for (const item of numbers.split(',')) {
    const [range = '', step] = item.split('/')
    const [first, last] = range === '*' || range === '?' ? [low, high] : range.split('-').map(Number)
    const end = last ?? (step === undefined ? first : high) ?? 0
    for (let value = first ?? 0; value <= end; value += Number(step ?? 1)) values.add(value)
  }
  return values
}
