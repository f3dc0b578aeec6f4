import type { Challenge } from '../crds/challenge.ts'
import type { AcmeSolver } from '../crds/issuer.ts'
import type { AnyIssuer } from '../issuers/signer.ts'

/** One way to prove control of a name. One folder under `solvers/` each; all of it is safe to repeat. */
export interface Solver {
  /** Why this solver cannot do what the issuer asks for, in a sentence for the user; undefined: it can. */
  readonly unsupported: (solver: AcmeSolver) => string | undefined
  /** Whether everything stands as it should. Reads caches only, so that it may be asked at every look. */
  readonly isPresented: (presentation: Presentation) => boolean
  /** Publishes the answer, or puts back what somebody took away. Throws only for a failed effect. */
  readonly present: (presentation: Presentation, signal: AbortSignal) => Promise<PresentOutcome>
  /** Our own look before the CA is asked. Takes up to some seconds; never throws. */
  readonly selfCheck: (presentation: Presentation, signal: AbortSignal) => Promise<SelfCheckResult>
  /** Takes back what was published for this Challenge, whatever became of its Order and issuer. Throws when something is left. */
  readonly cleanUp: (challenge: Challenge, signal: AbortSignal) => Promise<void>
}

/** A Challenge that was checked against its Order. The solver is the issuer's own, never the copy in the Challenge. */
export interface Presentation {
  readonly challenge: Challenge
  readonly issuer: AnyIssuer
  readonly solver: AcmeSolver
}

export type PresentOutcome =
  | { readonly kind: 'presented' }
  /** The user has to do something first, or somebody else is in the way. */
  | { readonly kind: 'waiting'; readonly why: string }

export type SelfCheckResult =
  | { readonly kind: 'passed' }
  /** `isInconclusive`: we could not look, which may be due to our own place in the network (hairpin NAT); the CA may well see the answer. */
  | { readonly kind: 'failed'; readonly why: string; readonly isInconclusive: boolean }

/** The solvers by challenge type. A type that is missing here is not supported by this version. */
export type Solvers = Readonly<Partial<Record<Challenge['spec']['type'], Solver>>>
