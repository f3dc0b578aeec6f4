import { boundedMap } from '../../lib/bounded-map.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import { MINUTE, plus } from '../../lib/instant.ts'
import type { ChangeSource, ObjectChange } from '../../runtime/trigger.ts'
import type { AnyIssuer } from '../signer.ts'

/**
 * What orders find out about the accounts of issuers: a CA forgets accounts and deactivates them without a word to us, and the next
 * regular look may be a day away. Whoever listens checks the issuer again.
 */
export interface AccountDoubts extends ChangeSource<AnyIssuer> {
  /** The CA has answered as if the account were no good. */
  readonly raise: (issuer: AnyIssuer) => void
  /** Another number after each doubt that counts. */
  readonly countOf: (issuer: AnyIssuer) => number
}

/** Many orders of one account find out the same at the same time, and each look costs the CA a request. */
const PAUSE = MINUTE
const MOST_REMEMBERED = 10_000

/** Doubts of this process; none so far. */
export function accountDoubts(clock: Clock): AccountDoubts {
  const raised = boundedMap<string, { readonly count: number; readonly at: Instant }>(MOST_REMEMBERED)
  const handlers = new Set<(change: ObjectChange<AnyIssuer>) => void>()
  const countOf = ({ metadata }: AnyIssuer): number => raised.get(metadata.uid ?? '')?.count ?? 0
  return {
    countOf,
    raise: (issuer) => {
      const uid = issuer.metadata.uid ?? ''
      const before = raised.get(uid)
      if (before !== undefined && clock.now() < plus(before.at, PAUSE)) return
      raised.set(uid, { count: countOf(issuer) + 1, at: clock.now() })
      for (const handler of handlers) handler({ before: issuer, after: issuer })
    },
    onChange: (handler) => {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
  }
}
