import type { Challenge } from '../../crds/challenge.ts'
import type { Presentation, PresentOutcome } from '../solver.ts'

/** The path of a Challenge, and the Service of its namespace that it is to lead to. */
export interface PathTarget {
  readonly challenge: Challenge
  readonly service: string
}

export interface RoutedPresentation extends Presentation, PathTarget {}

/** One way to have the path of a Challenge lead to the Service with the answer: through an Ingress, or through a Gateway. */
export type PathPublication = Publication<RoutedPresentation>

/** One way to lead the CA to who answers. `P` is what it has to know for that. */
export interface Publication<P extends Presentation> {
  /** Whether it stands as it should; reads caches only. */
  readonly isRight: (presentation: P) => boolean
  readonly ensure: (presentation: P, signal: AbortSignal) => Promise<PresentOutcome>
  /** Where it is served, as far as the cluster says so; many controllers do not. */
  readonly addresses: (presentation: Presentation) => readonly string[]
  /** What is known to keep it from being served, in a sentence. */
  readonly obstacle: (presentation: Presentation) => string | undefined
  /** Whether anything leads to this Challenge's answer; reads caches only. */
  readonly stands: (challenge: Challenge) => boolean
  /** Takes away what leads to this Challenge's answer, wherever it stands: the issuer may have changed or be gone by now. */
  readonly cleanUp: (challenge: Challenge, signal: AbortSignal) => Promise<void>
}
