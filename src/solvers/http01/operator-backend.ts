import { oneAtATime } from '../../lib/one-at-a-time.ts'
import type { Presentation, PresentOutcome } from '../solver.ts'
import { serviceTypeOf } from './service-type.ts'
import type { ServiceType } from './service-type.ts'
import type { SolverBackend } from './solver-backend.ts'
import { ensureService, http01Service, isServiceRight, SOLVER_SERVICE } from './solver-service.ts'
import type { SolverServiceDeps } from './solver-service.ts'

/** The operator itself, behind one Service for all Challenges of a namespace. */
export function operatorBackend(given: Omit<SolverServiceDeps, 'shape'> & { readonly defaultServiceType: ServiceType }): SolverBackend {
  const deps = { ...given, shape: http01Service }
  const once = oneAtATime<PresentOutcome>()
  const wanted = ({ challenge: { metadata }, solver }: Presentation) => ({
    namespace: metadata.namespace ?? '',
    type: serviceTypeOf(solver) ?? deps.defaultServiceType,
  })
  return {
    service: () => SOLVER_SERVICE,
    isRight: (presentation) => {
      const { namespace, type } = wanted(presentation)
      return isServiceRight(deps, namespace, type)
    },
    ensure: (presentation, signal) => {
      const { namespace, type } = wanted(presentation)
      // Hundreds of Challenges of one namespace begin at once.
      return once(`${namespace} ${type}`, () => ensureService(deps, namespace, type, signal))
    },
    obstacle: () => undefined,
    readySince: () => undefined,
    stands: () => false,
    // The Service serves the others too; its own controller removes it.
    cleanUp: () => Promise.resolve(),
  }
}
