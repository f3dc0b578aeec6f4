import type { Challenge } from '../../crds/challenge.ts'
import type { Instant } from '../../lib/instant.ts'
import type { Presentation, PresentOutcome } from '../solver.ts'

/** Who gives the answer: the operator itself, or a pod of the Challenge's own. Either stands behind a Service of the namespace. */
export interface SolverBackend {
  /** The name of the Service. */
  readonly service: (challenge: Challenge) => string
  /** Whether it stands as it should; reads caches only. */
  readonly isRight: (presentation: Presentation) => boolean
  readonly ensure: (presentation: Presentation, signal: AbortSignal) => Promise<PresentOutcome>
  /** What is known to keep it from answering, in a sentence. */
  readonly obstacle: (challenge: Challenge) => string | undefined
  /** Since when it can answer; undefined: always. */
  readonly readySince: (challenge: Challenge) => Instant | undefined
  /** Whether anything stands there for this Challenge alone; reads caches only. */
  readonly stands: (challenge: Challenge) => boolean
  /** Takes away what stands there for this Challenge alone. */
  readonly cleanUp: (challenge: Challenge, signal: AbortSignal) => Promise<void>
}
