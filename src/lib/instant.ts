/** A moment as milliseconds since the Unix epoch. The only form of time inside decisions. */
export type Instant = number & { readonly __instant: unique symbol }

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** The instant `milliseconds` after the epoch. */
export function instant(milliseconds: number): Instant {
  return milliseconds as Instant
}

/** `at` moved by `milliseconds` (negative: earlier). */
export function plus(at: Instant, milliseconds: number): Instant {
  return (at + milliseconds) as Instant
}

/** The earliest of those given; undefined when none is. */
export function earliest(...instants: readonly (Instant | undefined)[]): Instant | undefined {
  return instants.reduce((a, b) => (a === undefined ? b : b === undefined || a <= b ? a : b), undefined)
}

/** Kubernetes writes metav1.Time in UTC with whole seconds, rounded down. */
export function toRfc3339(at: Instant): string {
  return `${new Date(Math.floor(at / SECOND) * SECOND).toISOString().slice(0, 19)}Z`
}

/** The instant of an RFC 3339 string; undefined when it is absent or does not parse. */
export function parseRfc3339(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : (milliseconds as Instant)
}
