/** The times of a cron expression with five fields, in local time. */
export interface CronSchedule {
  /** Minutes since midnight, ascending. */
  readonly minutesOfDay: readonly number[]
  readonly daysOfMonth: ReadonlySet<number>
  /** 1 is January. */
  readonly months: ReadonlySet<number>
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>
  /** Both fields of days are restricted: a day that fulfills either counts, as in crontab(5). */
  readonly isEitherDay: boolean
  /** From a `TZ=` in front of the fields. */
  readonly zone: string | undefined
}

export type CronReading = { readonly kind: 'ok'; readonly schedule: CronSchedule } | { readonly kind: 'unreadable'; readonly why: string }

const named: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

interface Field {
  readonly title: string
  readonly from: number
  readonly to: number
  /** Names of values, the first for `from`. */
  readonly names?: readonly string[]
}

const minute: Field = { title: 'minute', from: 0, to: 59 }
const hour: Field = { title: 'hour', from: 0, to: 23 }
const dayOfMonth: Field = { title: 'day of month', from: 1, to: 31 }
const month: Field = {
  title: 'month',
  from: 1,
  to: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
}
const dayOfWeek: Field = { title: 'day of week', from: 0, to: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] }

/**
 * Reads a cron expression of five fields, or `@daily` and its like, in the dialect of Go's robfig/cron, which the API was made with:
 * `N/step` runs from N to the end, `?` is `*`, Sunday is 0 only. `@every` is refused: what has no fixed beginning is no window.
 */
export function parseCron(text: string): CronReading {
  const [, zone, expression = ''] = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/s.exec(text.trim()) ?? []
  const fields = (named[expression] ?? expression).trim().split(/\s+/)
  if (fields.length !== 5 || expression.startsWith('@every')) {
    return { kind: 'unreadable', why: `${JSON.stringify(text)} has not the five fields minute, hour, day of month, month, day of week` }
  }
  const all = [minute, hour, dayOfMonth, month, dayOfWeek].map((field, n) => readField(fields[n] ?? '', field))
  const problem = all.find((reading) => typeof reading === 'string')
  if (typeof problem === 'string') return { kind: 'unreadable', why: problem }
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = all.map((reading) => (typeof reading === 'string' ? nothing : reading))
  return opening({
    minutesOfDay: ascending(hours).flatMap((h) => ascending(minutes).map((m) => h * 60 + m)),
    daysOfMonth: daysOfMonth?.values ?? nothing.values,
    months: months?.values ?? nothing.values,
    daysOfWeek: daysOfWeek?.values ?? nothing.values,
    isEitherDay: daysOfMonth?.isAny === false && daysOfWeek?.isAny === false,
    zone,
  })
}

interface FieldReading {
  readonly values: ReadonlySet<number>
  /** `*` stands in it, and not only every so often. */
  readonly isAny: boolean
}

const nothing: FieldReading = { values: new Set(), isAny: false }

function ascending(reading: FieldReading | undefined): readonly number[] {
  return [...(reading?.values ?? [])].toSorted((a, b) => a - b)
}

/** 30 February and its like never come: looking for them would be in vain. */
function opening(schedule: CronSchedule): CronReading {
  const longest = [...schedule.months].map((m) => (m === 2 ? 29 : [4, 6, 9, 11].includes(m) ? 30 : 31))
  const comes = schedule.isEitherDay || [...schedule.daysOfMonth].some((day) => longest.some((days) => day <= days))
  return comes ? { kind: 'ok', schedule } : { kind: 'unreadable', why: 'its months do not have such a day' }
}

/** The values of one field, or the sentence that says why there are none. */
function readField(text: string, field: Field): FieldReading | string {
  const values = new Set<number>()
  let isAny = false
  for (const part of text.split(',').filter((each) => each !== '')) {
    const range = readRange(part, field)
    if (range === undefined || range.step < 1 || range.from < field.from || range.to > field.to || range.from > range.to) {
      return `${JSON.stringify(part)} is no ${field.title} from ${field.from} to ${field.to}`
    }
    for (let value = range.from; value <= range.to; value += range.step) values.add(value)
    isAny ||= range.isStar && range.step === 1
  }
  return values.size === 0 ? `the ${field.title} is missing` : { values, isAny }
}

interface Range {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly isStar: boolean
}

function readRange(text: string, field: Field): Range | undefined {
  const match = /^(?:([*?])(?:-[^/]*)?|(\w+)(?:-(\w+))?)(?:\/(\d{1,9}))?$/.exec(text)
  if (match === null) return undefined
  const [, star, first = '', last, every] = match
  const step = every === undefined ? 1 : Number(every)
  if (star !== undefined) return { from: field.from, to: field.to, step, isStar: true }
  const from = valueOf(first, field)
  const to = last === undefined ? (every === undefined ? from : field.to) : valueOf(last, field)
  return from === undefined || to === undefined ? undefined : { from, to, step, isStar: false }
}

function valueOf(text: string, { names = [], from }: Field): number | undefined {
  const index = names.indexOf(text.toLowerCase())
  if (index >= 0) return index + from
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
