import type { PersistentRecord } from '../acme/persistent-record.ts'
import type { Challenge } from '../crds/challenge.ts'
import type { AcmeSolver } from '../crds/issuer.ts'
import type { AnyIssuer } from '../issuers/signer.ts'
import type { Instant } from '../lib/instant.ts'

/** One way to prove control of a name. One folder under `solvers/` each; all of it is safe to repeat. */
export interface Solver {
  /** Longest pause between two self-checks, in milliseconds. */
  readonly longestPause: number
  /** Why this solver cannot do what the issuer asks for, in a sentence for the user; undefined: it can. */
  readonly unsupported: (solver: AcmeSolver) => string | undefined
  /** Whether everything stands as it should. Reads caches only, so that it may be asked at every look. */
  readonly isPresented: (presentation: Presentation) => boolean
  /** Publishes the answer, or puts back what somebody took away. Throws only for a failed effect. */
  readonly present: (presentation: Presentation, signal: AbortSignal) => Promise<PresentOutcome>
  /** Who answers the CA, where that is somebody of whom the cluster tells. Reads caches only. */
  readonly answerer?: (presentation: Presentation) => Answerer
  /** Our own look before the CA is asked. Takes up to some seconds; never throws. */
  readonly selfCheck: (presentation: Presentation, signal: AbortSignal) => Promise<SelfCheckResult>
  /** Whether something would stay for good that Kubernetes does not remove with the Challenge: then a finalizer keeps it until we have. */
  readonly leavesTraces: (solver: AcmeSolver) => boolean
  /** Whether something of this Challenge may still be there. Reads caches and memory only. */
  readonly stands: (challenge: Challenge) => boolean
  /**
   * Takes back what was published for this Challenge, whatever became of its Order and issuer. `presentation` is what can still be
   * proved about it: credentials of an issuer are used for nothing else. Throws when something is left.
   */
  readonly cleanUp: (challenge: Challenge, presentation: Presentation | undefined, signal: AbortSignal) => Promise<void>
}

/** A Challenge that was checked against its Order. The solver is the issuer's own, never the copy in the Challenge. */
export interface Presentation {
  readonly challenge: Challenge
  readonly issuer: AnyIssuer
  readonly solver: AcmeSolver
  /** What proves control for DNS-PERSIST-01. */
  readonly record?: PersistentRecord
}

export type Answerer =
  /** `since`: when it became ready; undefined: that is not known, or it always is. */
  { readonly kind: 'ready'; readonly since: Instant | undefined } | { readonly kind: 'missing'; readonly why: string }

export type PresentOutcome =
  /** `note`: where something else has to be told than that the answer is published. */
  | { readonly kind: 'presented'; readonly note?: string }
  /** The user has to do something first, or somebody else is in the way. `retryAt`: when somebody else asks to come back. */
  | { readonly kind: 'waiting'; readonly why: string; readonly retryAt?: Instant }

export type SelfCheckResult =
  | { readonly kind: 'passed' }
  /** `isInconclusive`: we could not look, which may be due to our own place in the network (hairpin NAT); the CA may well see the answer. */
  | {
      readonly kind: 'failed'
      readonly why: string
      readonly isInconclusive: boolean
      /** What is to answer is not there yet, so the CA would look in vain: its time has not begun. */
      readonly isTooEarly?: true
    }

/** The solvers by challenge type. A type that is missing here is not supported by this version. */
export type Solvers = Readonly<Partial<Record<Challenge['spec']['type'], Solver>>>
