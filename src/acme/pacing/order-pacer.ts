import { boundedMap } from '../../lib/bounded-map.ts'
import { formatGoDuration } from '../../lib/go-duration.ts'
import type { Instant } from '../../lib/instant.ts'
import type { AcmeError } from '../acme-error.ts'
import { shortName } from '../problem.ts'
import type { Applying, Ordering } from './applying-limits.ts'
import { applyingLimits } from './applying-limits.ts'
import type { Limit, Wait } from './limit.ts'
import { createLimit } from './limit.ts'
import type { PublishedLimits } from './published-limits.ts'
import { publishedLimits } from './published-limits.ts'
import { limitsMeantBy } from './refused-limit.ts'

/**
 * Keeps new orders below the limits of their CA, lets groups take turns where one is reached, and stays away from what the CA has
 * closed for a while. Lives in memory: what was placed before is told by `remember`.
 */
export interface OrderPacer {
  /** Counts the order when it may be placed now. Asking again is safe: who waits keeps its place in line. */
  readonly admit: (order: PacedOrder, now: Instant) => Admission
  /** CAs count what they issued, and by account what was placed: an order that failed gives back the rest, one that was not placed, all. */
  readonly ended: (order: PacedOrder, outcome: 'issued' | 'failed' | 'not-placed', now: Instant) => void
  /** The CA did not take the order and said when to come back. */
  readonly refused: (order: PacedOrder, error: Pick<AcmeError, 'retryAfter' | 'problem'>, now: Instant) => void
  /** Counts an order that was placed before this process began. Tell of the oldest first; telling again changes nothing. */
  readonly remember: (order: PacedOrder, placed: { readonly at: Instant; readonly isIssued: boolean }) => void
}

export interface PacedOrder extends Ordering {
  /** Tells orders apart. */
  readonly key: string
  /** Groups take turns. */
  readonly group: string
  /** It replaces a certificate for which the CA suggested that (RFC 9773 §5), which CAs take outside of their limits. */
  readonly isReplacing: boolean
}

export type Admission = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly until: Instant; readonly why: string }

/** A pacer for all CAs, seeded with what they publish. */
export function createOrderPacer(limitsOf: (directoryUrl: string) => PublishedLimits = publishedLimits): OrderPacer {
  const limits = boundedMap<string, Limit>(MOST_REMEMBERED)
  const counted = boundedMap<string, readonly Applying[]>(MOST_REMEMBERED)
  const issuedSets = boundedMap<string, true>(MOST_REMEMBERED)

  const applyingTo = (order: PacedOrder): readonly Applying[] => applyingLimits(order, limitsOf(order.directoryUrl))
  const limitOf = ({ name, rate }: Applying): Limit => {
    const limit = limits.get(name) ?? createLimit(rate)
    limits.set(name, limit)
    return limit
  }
  /** A renewal of the same names meets no limit but the one on just these names; one that the CA suggested meets none. */
  const countsFor = (order: PacedOrder, applying: readonly Applying[]): readonly Applying[] => {
    if (order.isReplacing) return []
    const isRenewal = applying.some(({ name }) => issuedSets.get(name) !== undefined)
    return isRenewal ? applying.filter(({ scope }) => scope === 'set') : applying
  }
  const take = (order: PacedOrder, counting: readonly Applying[], now: Instant): void => {
    for (const limit of counting) limitOf(limit).take(order.key, now)
    counted.set(order.key, counting)
  }
  const markIssued = (order: PacedOrder): void => {
    for (const { name, scope } of applyingTo(order)) if (scope === 'set') issuedSets.set(name, true)
  }

  return {
    admit: (order, now) => {
      const applying = applyingTo(order)
      const counting = countsFor(order, applying)
      for (const limit of applying) {
        // What the CA has closed is closed for everybody, counted or not.
        const wait = counting.includes(limit) ? limitOf(limit).waitFor(order, now) : limitOf(limit).closedFor(now)
        if (wait !== undefined) return { kind: 'wait', until: wait.until, why: sentence(limit, wait) }
      }
      take(order, counting, now)
      return { kind: 'go' }
    },
    ended: (order, outcome, now) => {
      if (outcome === 'issued') return markIssued(order)
      const isGivenBack = ({ scope }: Applying): boolean => outcome === 'not-placed' || scope !== 'account'
      for (const limit of (counted.get(order.key) ?? []).filter(isGivenBack)) limitOf(limit).giveBack(now)
      counted.set(order.key, [])
    },
    refused: (order, { retryAfter, problem }, now) => {
      if (retryAfter === undefined || retryAfter <= now) return
      const applying = applyingTo(order)
      const isReached = problem !== undefined && shortName(problem) === 'rateLimited'
      const meant = isReached ? limitsMeantBy(problem.detail, applying) : applying.filter(({ scope }) => scope === 'account')
      for (const limit of meant) limitOf(limit).close(retryAfter)
    },
    remember: (order, { at, isIssued }) => {
      // A replica that leads again has counted some of them itself.
      if (counted.get(order.key) === undefined) take(order, countsFor(order, applyingTo(order)), at)
      if (isIssued) markIssued(order)
    },
  }
}

const MOST_REMEMBERED = 50_000

function sentence({ scope, subject, rate }: Applying, { ahead, why }: Wait): string {
  const of = { set: 'this set of names', domain: subject, account: 'this account' }[scope]
  const limit =
    why === 'closed by the CA' || rate === undefined
      ? `The CA takes no more orders for ${of} for now`
      : `The CA's limit for ${of} is reached (${rate.capacity} at once, then one more every ${formatGoDuration(rate.refill)})`
  return `${limit}${ahead === 0 ? '' : `; ${ahead} others go first`}`
}
