import type { Challenge } from '../../crds/challenge.ts'
import type { Instant } from '../../lib/instant.ts'
import { DAY, MINUTE, SECOND } from '../../lib/instant.ts'
import type { Answerer, Presentation, SelfCheckResult, Solver } from '../../solvers/solver.ts'

/** Everything that the decision about one Challenge may know. */
export interface World {
  readonly challenge: Challenge
  readonly claim: Claim
  /** What can be proved about where a Challenge that is over came from, for cleaning up after it. */
  readonly provenance: Presentation | undefined
  /** Whether what the solver publishes stands as it should. */
  readonly isPresented: boolean
  /** Who answers the CA; undefined: the solver does not tell. */
  readonly answerer?: Answerer | undefined
  /** Whether something of it may still be there once it is over. */
  readonly isStanding: boolean
  readonly selfCheck: SelfCheckView
  readonly memory: ChallengeMemory
  readonly settings: ChallengeSettings
}

/** What the Order says about the Challenge. Nothing is done for one that its Order does not list: anybody might have written it. */
export type Claim =
  | {
      readonly kind: 'verified'
      readonly presentation: Presentation
      readonly solver: Solver
      /** From `waitInsteadOfSelfCheck`, in milliseconds. */
      readonly waitInstead: number | undefined
      /** What is presented would stay for good, were the Challenge gone before it was cleaned up. */
      readonly needsFinalizer: boolean
    }
  /** It will not change by itself; `why` is for the user. */
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'waiting'; readonly why: string }

export interface SelfCheckView {
  readonly isRunning: boolean
  readonly last: SelfCheckResult | undefined
  /** No check begins before. */
  readonly nextAt: Instant | undefined
  /** When it was last seen that nobody is there yet who could answer the CA. */
  readonly tooEarlyAt?: Instant | undefined
}

/** What this process remembers between two looks. Losing it costs another question to the CA, so it is not stored. */
export interface ChallengeMemory {
  /** The CA has been told that we are ready. */
  readonly isAccepted?: boolean
  /** It did not want to hear it. It may know already, so the authorization has to be read. */
  readonly refusal?: string
  readonly wait?: Wait
  /** How often cleaning up has failed. */
  readonly cleanUpFailures?: number
}

/** Nothing is tried again before `until`. */
export interface Wait {
  readonly until: Instant
  readonly attempts: number
  readonly why: string
}

/** Durations in milliseconds. */
export interface ChallengeSettings {
  readonly windows: Readonly<Record<Challenge['spec']['type'], SelfCheckWindows>>
  /** A deleted Challenge that cannot be cleaned up is let go after this, so that its namespace can go. */
  readonly cleanUpWindow: number
}

/** In milliseconds since presenting. */
export interface SelfCheckWindows {
  /** The CA is asked after this, when no look has ended so far: thousands may be waiting in line. */
  readonly unlooked: number
  /** The same when we cannot even look whether the answer is there. */
  readonly unseen: number
  /** The same when we see that it is not there: a load balancer or a DNS record takes its time, and a refusal costs an hour. */
  readonly absent: number
}

export const defaultSettings: ChallengeSettings = {
  windows: {
    'HTTP-01': { unlooked: 10 * SECOND, unseen: 10 * SECOND, absent: 2 * MINUTE },
    'TLS-ALPN-01': { unlooked: 10 * SECOND, unseen: 10 * SECOND, absent: 2 * MINUTE },
    // Secondary servers of a zone may take that long, and nobody but them and the CA is asked.
    'DNS-01': { unlooked: 10 * MINUTE, unseen: MINUTE, absent: 10 * MINUTE },
    // A person creates the record, and each question in vain costs the order.
    'DNS-PERSIST-01': { unlooked: 10 * MINUTE, unseen: 10 * MINUTE, absent: DAY },
  },
  cleanUpWindow: 5 * MINUTE,
}

export const nothingRemembered: ChallengeMemory = {}
