import { boundedMap } from '../lib/bounded-map.ts'

export interface SpamFilterOptions {
  /** So many at once. */
  readonly burst: number
  /** One more each so many milliseconds. */
  readonly refillMs: number
  /** Objects that are kept in mind. */
  readonly remembered: number
}

/** A token bucket for each object: whether one more Event about it may be written at `now` (milliseconds). */
export function spamFilter({ burst, refillMs, remembered }: SpamFilterOptions): (object: string, now: number) => boolean {
  const buckets = boundedMap<string, { readonly tokens: number; readonly at: number }>(remembered)
  return (object, now) => {
    const bucket = buckets.get(object) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) / refillMs)
    buckets.set(object, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
    return tokens >= 1
  }
}
