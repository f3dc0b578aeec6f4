import { instant, type Instant } from './instant.ts'

/** The rules of one time zone. */
export interface TimeZone {
  readonly name: string
  /** How far local time is ahead of UTC at that moment, in milliseconds. */
  readonly offsetAt: (at: Instant) => number
}

export type TimeZoneReading = { readonly kind: 'ok'; readonly zone: TimeZone } | { readonly kind: 'unreadable'; readonly why: string }

// A formatter takes long to make, and there are only some hundred zones.
const zones = new Map<string, TimeZone>()

/** The time zone of an IANA name such as `Europe/Berlin`, with the rules that come with the runtime. */
export function readTimeZone(name: string): TimeZoneReading {
  const key = name.toLowerCase()
  const known = zones.get(key)
  if (known !== undefined) return { kind: 'ok', zone: known }
  // The runtime takes offsets such as +05:30 too; the API does not.
  if (!/^[a-z][a-z0-9_+/-]*$/.test(key)) return unknown(name)
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
    const zone = { name, offsetAt: (at: Instant) => offsetIn(format.format(at)) }
    zones.set(key, zone)
    return { kind: 'ok', zone }
  } catch {
    return unknown(name)
  }
}

/** What local clocks show at `at`, as if it were UTC. */
export function localTime(zone: TimeZone, at: Instant): Instant {
  return instant(at + zone.offsetAt(at))
}

/** `11/21/2026, GMT+01:00`; before standard time there were seconds too. */
function offsetIn(formatted: string): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(formatted) ?? []
  const milliseconds = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000
  return sign === '-' ? -milliseconds : milliseconds
}

function unknown(name: string): TimeZoneReading {
  return { kind: 'unreadable', why: `${JSON.stringify(name)} is no time zone such as Europe/Berlin` }
}
