import type { CertificateRenewal } from '../../crds/certificate.ts'
import { parseCron, type CronSchedule } from '../../lib/cron.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { earliest, instant, plus, SECOND, toRfc3339, type Instant } from '../../lib/instant.ts'
import { nextCronTime } from '../../lib/next-cron-time.ts'
import { readTimeZone, type TimeZone } from '../../lib/time-zone.ts'

/** A recurring stretch of time in which a renewal may start. */
export interface RenewalWindow {
  readonly schedule: CronSchedule
  readonly zone: TimeZone
  /** How long it stays open, in milliseconds. */
  readonly duration: number
}

export type RenewalWindows =
  | { readonly kind: 'ok'; readonly windows: readonly RenewalWindow[] }
  | { readonly kind: 'unreadable'; readonly why: string }

/** When a certificate is renewed, and why that is in none of its windows, where it is not. */
export interface RenewalMoment {
  readonly at: Instant
  readonly problem?: string
}

/** Reads `spec.renewal.windows`; the CRD's rules let some through that mean nothing, such as the 30th of February. */
export function readRenewalWindows(renewal: CertificateRenewal | undefined): RenewalWindows {
  const windows: RenewalWindow[] = []
  for (const [index, window] of (renewal?.windows ?? []).entries()) {
    const reading = readWindow(window)
    if (reading.kind === 'unreadable') return { kind: 'unreadable', why: `spec.renewal.windows[${index}]: ${reading.why}` }
    windows.push(reading.window)
  }
  return { kind: 'ok', windows }
}

/**
 * Moves a renewal that is due at `desired` into a window: not at all when one is open then, else to the next opening before the
 * certificate expires. Renewing outside is better than expiring, so without any window it stays where it was, and the problem is told.
 */
export function intoWindow(desired: Instant, notAfter: Instant, windows: RenewalWindows): RenewalMoment {
  if (windows.kind === 'unreadable') return { at: desired, problem: windows.why }
  if (windows.windows.length === 0 || windows.windows.some((window) => isOpen(window, desired))) return { at: desired }
  const openings = windows.windows.map(({ schedule, zone }) =>
    nextCronTime(schedule, zone, { from: desired, until: plus(notAfter, -SECOND) }),
  )
  const at = earliest(...openings)
  if (at !== undefined) return { at }
  return { at: desired, problem: `no window of spec.renewal.windows opens between ${toRfc3339(desired)} and ${toRfc3339(notAfter)}` }
}

/** Its end belongs to it, as in the incumbent. */
function isOpen({ schedule, zone, duration }: RenewalWindow, at: Instant): boolean {
  return nextCronTime(schedule, zone, { from: plus(at, -duration), until: at }) !== undefined
}

type WindowReading = { readonly kind: 'ok'; readonly window: RenewalWindow } | { readonly kind: 'unreadable'; readonly why: string }

function readWindow(window: NonNullable<CertificateRenewal['windows']>[number]): WindowReading {
  const cron = parseCron(window.cron)
  if (cron.kind === 'unreadable') return { kind: 'unreadable', why: `cron: ${cron.why}` }
  const zone = readTimeZone(window.timezone || cron.schedule.zone || 'UTC')
  if (zone.kind === 'unreadable') return { kind: 'unreadable', why: `timezone: ${zone.why}` }
  const duration = parseGoDuration(window.windowDuration)
  if (duration === undefined || duration <= 0) {
    return { kind: 'unreadable', why: `windowDuration: ${JSON.stringify(window.windowDuration)} is no duration above zero` }
  }
  // Whoever asks for more than all the time there is gets a window that is always open.
  return { kind: 'ok', window: { schedule: cron.schedule, zone: zone.zone, duration: instant(Math.min(duration, LONGEST_WINDOW)) } }
}

const LONGEST_WINDOW = 10 * 366 * 24 * 3_600 * SECOND
