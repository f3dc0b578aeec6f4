import type { CronSchedule } from './cron.ts'
import { DAY, instant, MINUTE, plus, type Instant } from './instant.ts'
import { localTime, type TimeZone } from './time-zone.ts'

/** Leap days are at most eight years apart; what has not come by then never comes. */
const LONGEST_SEARCH = 9 * 366 * DAY

/**
 * The first moment from `from` on, and not after `until`, at which local clocks show a time of the schedule. A local time that the change
 * to daylight saving skips does not come that day; one that clocks show twice comes twice.
 */
export function nextCronTime(
  schedule: CronSchedule,
  zone: TimeZone,
  { from, until }: { readonly from: Instant; readonly until: Instant },
): Instant | undefined {
  const last = instant(Math.min(until, from + LONGEST_SEARCH))
  // A day of margin on both sides: the local date differs from that of UTC by at most one.
  const end = plus(last, 2 * DAY)
  for (let day = startOfDay(plus(localTime(zone, from), -DAY)); day <= end; day = followingDay(schedule, day)) {
    if (!isOn(schedule, day)) continue
    const found = firstTimeOf(schedule, zone, { day, from })
    if (found !== undefined) return found <= last ? found : undefined
  }
  return undefined
}

/** Days are counted by their midnight, as if local time were UTC. */
function startOfDay(local: Instant): Instant {
  return instant(Math.floor(local / DAY) * DAY)
}

/** Months that the schedule does not name are skipped as a whole. */
function followingDay(schedule: CronSchedule, day: Instant): Instant {
  const date = new Date(day)
  if (schedule.months.has(date.getUTCMonth() + 1)) return plus(day, DAY)
  return instant(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1))
}

function isOn(schedule: CronSchedule, day: Instant): boolean {
  const date = new Date(day)
  if (!schedule.months.has(date.getUTCMonth() + 1)) return false
  const isDayOfMonth = schedule.daysOfMonth.has(date.getUTCDate())
  const isDayOfWeek = schedule.daysOfWeek.has(date.getUTCDay())
  return schedule.isEitherDay ? isDayOfMonth || isDayOfWeek : isDayOfMonth && isDayOfWeek
}

/** The first time of the schedule on a local day that is not before `from`. */
function firstTimeOf(
  { minutesOfDay }: CronSchedule,
  zone: TimeZone,
  { day, from }: { readonly day: Instant; readonly from: Instant },
): Instant | undefined {
  // Whatever changes on that day, before and after it clocks keep to one of two offsets.
  const offsets = new Set([zone.offsetAt(plus(day, -DAY)), zone.offsetAt(plus(day, 2 * DAY))])
  const firsts = [...offsets].map((offset) => {
    const possible = minutesOfDay.map((minute) => plus(day, minute * MINUTE - offset))
    return possible.find((at) => at >= from && zone.offsetAt(at) === offset)
  })
  const found = firsts.filter((at) => at !== undefined)
  return found.length === 0 ? undefined : instant(Math.min(...found))
}
