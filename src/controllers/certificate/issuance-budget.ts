import { certificateReason } from '../../crds/reasons.ts'
import { DAY, HOUR, instant, MINUTE, plus, SECOND, type Instant } from '../../lib/instant.ts'
import { backoffUntil } from './backoff.ts'
import type { PastEffort } from './issuance-history.ts'
import { storedRenewal, type Violation } from './policies.ts'
import type { World } from './world.ts'

/** Who wants something done: the operator, because of what it sees, or somebody who set Issuing. */
export type Effort = 'issuance' | 'issuance by hand' | 'repair'

/** So many in a day are free of any wait. */
const free: Readonly<Record<Effort, number>> = { issuance: 5, 'issuance by hand': 10, repair: 20 }

/** A renewal that is due so long after the last issuance is no loop, however short the certificate lives. */
const SHORTEST_HONEST_USE = 30 * SECOND

/**
 * Until when the next effort has to wait; undefined: it need not. Beyond what is free in a day the wait since the last one is a minute,
 * then twice as long each time, up to an hour. So no loop, whoever turns it, asks a CA for more than some thirty certificates a day.
 */
export function limitedUntil(efforts: readonly PastEffort[], effort: Effort, now: Instant): Instant | undefined {
  const kind = effort === 'repair' ? 'repair' : 'issuance'
  const ofKind = efforts.filter((one) => one.kind === kind && one.at > plus(now, -DAY))
  const beyond = ofKind.filter(({ counts }) => counts).length - free[effort]
  if (beyond < 0) return undefined
  const last = instant(Math.max(...ofKind.map(({ at }) => at)))
  const until = plus(last, Math.min(MINUTE * 2 ** Math.min(beyond, 10), HOUR))
  return now < until ? until : undefined
}

/**
 * Whether an issuance for this reason counts. A renewal does not, unless it was due right after the last issuance, whenever
 * it comes to it; nor does what follows a failure, which has its own back-off.
 */
export function countsAgainstBudget(world: World, violation: Violation): boolean {
  if (backoffUntil(world) !== undefined) return false
  if (violation.reason !== certificateReason.renewing) return true
  const dueAt = storedRenewal(world)?.at
  return world.efforts.some(({ kind, at }) => kind === 'issuance' && dueAt !== undefined && dueAt < plus(at, SHORTEST_HONEST_USE))
}
