import { describe, isAboutAccount, type AcmeError } from '../../acme/acme-error.ts'
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
  /** What the CA has answered to a request of the account may raise a doubt, or say what its customer has to do first. */
  readonly weigh: (issuer: AnyIssuer, error: AcmeError) => void
  /** The CA has taken an order. */
  readonly served: (issuer: AnyIssuer) => void
  /** What the CA wants its customer to do before it takes orders, which it may say to orders alone. */
  readonly demandOf: (issuer: AnyIssuer) => string | undefined
  /** Another number after each doubt that counts, and each demand. */
  readonly countOf: (issuer: AnyIssuer) => number
}

/** Many orders of one account find out the same at the same time, and each look costs the CA a request. */
const PAUSE = MINUTE
const MOST_REMEMBERED = 10_000

/** Doubts of this process; none so far. */
export function accountDoubts(clock: Clock): AccountDoubts {
  const raised = boundedMap<string, Raised>(MOST_REMEMBERED)
  const handlers = new Set<(change: ObjectChange<AnyIssuer>) => void>()
  const raisedOf = ({ metadata }: AnyIssuer): Raised | undefined => raised.get(metadata.uid ?? '')
  const record = (issuer: AnyIssuer, next: Pick<Raised, 'at' | 'demand'>): void => {
    raised.set(issuer.metadata.uid ?? '', { ...next, count: (raisedOf(issuer)?.count ?? 0) + 1 })
    for (const handler of handlers) handler({ before: issuer, after: issuer })
  }
  const demand = (issuer: AnyIssuer, what: string | undefined): void => {
    const before = raisedOf(issuer)
    if (before?.demand !== what) record(issuer, { at: before?.at, demand: what })
  }
  return {
    countOf: (issuer) => raisedOf(issuer)?.count ?? 0,
    demandOf: (issuer) => raisedOf(issuer)?.demand,
    weigh: (issuer, error) => {
      if (error.code === 'acme/userActionRequired') return demand(issuer, describe(error))
      if (!isAboutAccount(error)) return
      const before = raisedOf(issuer)
      if (before?.at !== undefined && clock.now() < plus(before.at, PAUSE)) return
      record(issuer, { at: clock.now(), demand: before?.demand })
    },
    served: (issuer) => demand(issuer, undefined),
    onChange: (handler) => {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
  }
}

interface Raised {
  readonly count: number
  /** When the last doubt counted. */
  readonly at: Instant | undefined
  readonly demand: string | undefined
}
