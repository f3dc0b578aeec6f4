import { DAY, plus, type Instant } from '../../lib/instant.ts'

/** One thing that was done for a Certificate, and whether it counts against its budget. */
export interface PastEffort {
  readonly kind: 'issuance' | 'repair'
  readonly at: Instant
  readonly counts: boolean
}

/** What was done for each Certificate in the last day. It is kept in memory only: a restart forgets it, which at worst begins a new budget. */
export interface IssuanceHistory {
  readonly of: (uid: string) => readonly PastEffort[]
  readonly record: (uid: string, effort: PastEffort) => void
}

const MOST_PER_CERTIFICATE = 64
const MOST_CERTIFICATES = 50_000

export function issuanceHistory(): IssuanceHistory {
  const efforts = new Map<string, readonly PastEffort[]>()
  return {
    of: (uid) => efforts.get(uid) ?? [],
    record: (uid, effort) => {
      const kept = worthKeeping(efforts.get(uid) ?? [], effort)
      // Taken out and put in again, the map is in the order of the last effort, so that the first is the one to forget.
      efforts.delete(uid)
      efforts.set(uid, kept)
      const [oldest] = efforts.keys()
      if (efforts.size > MOST_CERTIFICATES && oldest !== undefined) efforts.delete(oldest)
    },
  }
}

/** Those that count, of a day, and of the others only the newest. */
function worthKeeping(before: readonly PastEffort[], next: PastEffort): readonly PastEffort[] {
  const counted = before.filter(({ at, counts }) => counts && at > plus(next.at, -DAY))
  return [...counted, next].slice(-MOST_PER_CERTIFICATE)
}
