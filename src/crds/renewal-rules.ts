import { goDuration, isListed } from './rules.ts'
import type { Rule } from './schema.ts'

// The dialect of Go's robfig/cron, in which the incumbent reads windows.
const minute = field('0*[0-5]?[0-9]')
const hour = field('0*(1?[0-9]|2[0-3])')
const dayOfMonth = field('0*([1-9]|[12][0-9]|3[01])')
const month = field('(0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)')
const dayOfWeek = field('(0*[0-6]|sun|mon|tue|wed|thu|fri|sat)')
const fields = String.raw`\s*(?i:${[minute, hour, dayOfMonth, month, dayOfWeek].join(String.raw`\s+`)})\s*`
const names = `@(yearly|annually|monthly|weekly|daily|midnight|hourly|every ${goDuration})`
const times = `(${fields}|${names})`
const zoned = String.raw`(CRON_)?TZ=\S* \s*${times}\s*`

// What a range begins and ends with, as numbers: `indexOf` finds names, each of three letters.
const rangeEnds = String.raw`r.findAll('[0-9a-z]+').map(e, e.matches('^[0-9]+$') ? int(e) : e in ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] ? 'sunmontuewedthufrisat'.indexOf(e) / 3 : 1 + 'janfebmaraprmayjunjulaugsepoctnovdec'.indexOf(e) / 3)`

/** Rules for `renewal`. */
export const renewalRules: readonly Rule[] = [
  { rule: 'has(self.policy)', message: 'renewal needs a policy: RenewBefore or Disabled' },
  {
    rule: `self.?policy.orValue('') != 'Disabled' || !${isListed('self.windows')}`,
    message: 'windows have no meaning with policy Disabled; remove them',
    fieldPath: '.windows',
  },
]

/** Rules for each of `renewal.windows`. */
export const windowRules: readonly Rule[] = [
  {
    // Where the zone is a field of its own, the incumbent puts it before the expression, and so does not mind blanks around that.
    rule: `self.cron.matches(r'^(${zoned}|${times})$') || has(self.timezone) && self.cron.trim().matches(r'^${names}$')`,
    message:
      'cron must have five fields: minute 0-59, hour 0-23, day of month 1-31, month 1-12 or jan-dec and day of week 0-6 or sun-sat, for example 0 3 * * *',
    fieldPath: '.cron',
  },
  {
    rule: String.raw`self.cron.lowerAscii().findAll(r'(?:^|[\s,])[0-9a-z]+-[0-9a-z]+').all(r, ${rangeEnds}.isSorted())`,
    message: 'a range in cron must end at or after its beginning, for example 1-5 or mon-fri',
    fieldPath: '.cron',
  },
  {
    rule: "!has(self.timezone) || !self.cron.matches('^(CRON_)?TZ=')",
    message: 'give the time zone once: either timezone or in cron',
    fieldPath: '.timezone',
  },
  {
    rule: zoneRule("!self.cron.matches('^(CRON_)?TZ=')", "self.cron.split(' ')[0].split('=')[1]"),
    message: 'the time zone in cron must be an IANA name, for example Europe/Berlin',
    fieldPath: '.cron',
  },
  {
    rule: zoneRule('!has(self.timezone)', 'self.timezone'),
    message: 'timezone must be an IANA name, for example Europe/Berlin',
    fieldPath: '.timezone',
  },
]

/** A list of single values and ranges, each of which may go in steps. */
function field(single: string): string {
  const part = String.raw`([*?](-[^\s,/]*)?|${single}(-${single})?)(/0*[1-9][0-9]*)?`
  return `(,*${part}(,+${part})*,*|,+)`
}

/** An unknown zone is an evaluation error; the API server shows it before the message. An offset such as 05:30 would do for CEL. */
function zoneRule(otherwise: string, zone: string): string {
  return `${otherwise} || !${zone}.contains(':') && timestamp('2026-01-01T00:00:00Z').getHours(${zone}) >= 0`
}
