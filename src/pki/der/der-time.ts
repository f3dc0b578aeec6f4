import { instant, SECOND } from '../../lib/instant.ts'
import type { Instant } from '../../lib/instant.ts'
import type { DerReader } from './der-reader.ts'
import { element, tag } from './der-writer.ts'

/** A certificate time, rounded down to seconds: UTCTime through 2049, then GeneralizedTime, RFC 5280 §4.1.2.5. */
export function encodeTime(at: Instant): Uint8Array {
  const digits = new Date(Math.floor(at / SECOND) * SECOND).toISOString().replace(/[-:T]|\.000/g, '')
  const year = Number(digits.slice(0, 4))
  const isUtc = year >= 1950 && year < 2050
  return element(isUtc ? tag.utcTime : tag.generalizedTime, Buffer.from(isUtc ? digits.slice(2) : digits, 'latin1'))
}

/** The certificate time that comes next. */
export function readTime(reader: DerReader, what: string): Instant {
  const isUtc = reader.sees(tag.utcTime)
  const content = reader.read(isUtc ? tag.utcTime : tag.generalizedTime, what)
  const at = isUtc ? readDigits(content, 2) : readDigits(content, 4)
  if (at === undefined) reader.fail(`${what} is not a time`)
  return at ?? instant(0)
}

/** `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`; old CAs leave the seconds of a UTCTime out. */
function readDigits(content: Uint8Array, yearDigits: 2 | 4): Instant | undefined {
  const length = content.length - yearDigits
  if (content[content.length - 1] !== 0x5a || (length !== 11 && !(length === 9 && yearDigits === 2))) return undefined

  const pairs: number[] = []
  for (let at = 0; at + 1 < content.length - 1; at += 2) {
    const tens = (content[at] ?? 0) - 0x30
    const ones = (content[at + 1] ?? 0) - 0x30
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return undefined
    pairs.push(tens * 10 + ones)
  }
  const [first = 0, ...rest] = pairs
  // RFC 5280 §4.1.2.5.1: two digits from 50 on mean the 20th century.
  return yearDigits === 4 ? fromParts(first * 100 + (rest.shift() ?? 0), rest) : fromParts(first + (first >= 50 ? 1900 : 2000), rest)
}

function fromParts(year: number, parts: readonly number[]): Instant | undefined {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second))
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCDate() === day && date.getUTCMonth() === month - 1 ? instant(date.getTime()) : undefined
}
