import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { HTTPRoute } from '../../kube/kinds.ts'
import type { Informer } from '../../kube/lister.ts'
import { SECOND } from '../../lib/instant.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import type { Presentation, PresentOutcome, SelfCheckResult, Solver } from '../solver.ts'
import { challengePath } from './challenge-path.ts'
import { ingressPublication, type IngressPublicationDeps } from './ingress-publication.ts'
import type { PathPublication } from './path-publication.ts'
import { routePublication } from './route-publication.ts'
import type { Page, SelfCheckOptions } from './self-check.ts'
import { viewPage, viewPageAt } from './self-check.ts'
import type { AnswerAt, ServiceType, SolverServices } from './solver-service.ts'
import { ensureService, http01Service, isServiceRight } from './solver-service.ts'

export interface Http01SolverDeps extends SolverServices, IngressPublicationDeps {
  readonly answerAt: AnswerAt
  /** Those labelled `acme.cert-manager.io/http01-solver=true`; undefined: the operator leaves the Gateway API alone. */
  readonly httpRoutes: Informer<HTTPRoute> | undefined
  /** The type of the Service where the issuer does not say: NodePort is cert-manager's, and needs a free node port per namespace. */
  readonly defaultServiceType: ServiceType
  readonly selfCheck: SelfCheckOptions
}

/**
 * Proves control by a web page that the operator itself serves, behind the user's ingress controller or Gateway. Adds indexes: make it
 * before the informers start.
 */
export function http01Solver(deps: Http01SolverDeps): Solver {
  const { httpRoutes } = deps
  const serviceDeps = { ...deps, shape: http01Service }
  const ingress = ingressPublication(deps)
  const route = httpRoutes === undefined ? undefined : routePublication({ ...deps, httpRoutes })
  const publicationFor = ({ http01 }: AcmeSolver): PathPublication =>
    http01?.gatewayHTTPRoute === undefined ? ingress : (route ?? ingress)
  const once = oneAtATime<PresentOutcome>()
  return {
    longestPause: 2 * SECOND,
    unsupported: (solver) => unsupported(solver, route !== undefined),
    isPresented: (presentation) =>
      isServiceRight(serviceDeps, namespaceOf(presentation.challenge), serviceTypeFor(presentation.solver, deps)) &&
      publicationFor(presentation.solver).isRight(presentation),
    present: async (presentation, signal) => {
      const namespace = namespaceOf(presentation.challenge)
      const type = serviceTypeFor(presentation.solver, deps)
      // Hundreds of Challenges of one namespace begin at once.
      const service = await once(`${namespace} ${type}`, () => ensureService(serviceDeps, namespace, type, signal))
      return service.kind === 'waiting' ? service : publicationFor(presentation.solver).ensure(presentation, signal)
    },
    selfCheck: (presentation, signal) => check(deps, publicationFor(presentation.solver), presentation, signal),
    cleanUp: async (challenge, _presentation, signal) => {
      await ingress.cleanUp(challenge, signal)
      await route?.cleanUp(challenge, signal)
    },
  }
}

function unsupported({ http01 }: AcmeSolver, servesGateways: boolean): string | undefined {
  if (http01?.gatewayHTTPRoute !== undefined)
    return servesGateways ? undefined : 'http01.gatewayHTTPRoute cannot be used: the operator runs with --enable-gateway-api=false'
  const ingress = http01?.ingress
  if (ingress === undefined) return 'the solver has neither http01.ingress nor http01.gatewayHTTPRoute'
  const ways = [ingress.class, ingress.ingressClassName, ingress.name].filter((way) => way !== undefined && way !== '')
  return ways.length > 1 ? 'set only one of class, ingressClassName and name in http01.ingress' : undefined
}

async function check(
  deps: Http01SolverDeps,
  publication: PathPublication,
  presentation: Presentation,
  signal: AbortSignal,
): Promise<SelfCheckResult> {
  const { dnsName, token, key } = presentation.challenge.spec
  const page = { name: dnsName, path: challengePath(token), expected: key }
  const view = await viewPage(page, deps.selfCheck, signal)
  if (view.kind === 'right') return { kind: 'passed' }
  const obstacle = publication.obstacle(presentation)
  if (obstacle !== undefined) return { kind: 'failed', why: `${view.why}; ${obstacle}`, isInconclusive: false }
  switch (view.kind) {
    case 'unseen':
      return { kind: 'failed', why: view.why, isInconclusive: true }
    case 'unresolved':
      return { kind: 'failed', why: view.why, isInconclusive: false }
    case 'wrong':
      return checkBehindName(deps, { page, why: view.why, addresses: publication.addresses(presentation) }, signal)
  }
}

/**
 * The name leads to something else, as it does inside networks with a DNS of their own. When the Ingress itself gives the answer, the
 * fault may be ours alone.
 */
async function checkBehindName(
  deps: Http01SolverDeps,
  { page, why, addresses }: { readonly page: Page; readonly why: string; readonly addresses: readonly string[] },
  signal: AbortSignal,
): Promise<SelfCheckResult> {
  if (addresses.length === 0 || (await viewPageAt(addresses, page, deps.selfCheck, signal)).kind !== 'right')
    return { kind: 'failed', why, isInconclusive: false }
  return { kind: 'failed', why: `${why}; but the Ingress at ${addresses.join(', ')} gives the answer`, isInconclusive: true }
}

function serviceTypeFor({ http01 }: AcmeSolver, { defaultServiceType }: Http01SolverDeps): ServiceType {
  const type = (http01?.gatewayHTTPRoute ?? http01?.ingress)?.serviceType
  return type === 'NodePort' || type === 'ClusterIP' ? type : defaultServiceType
}

function namespaceOf({ metadata }: Challenge): string {
  return metadata.namespace ?? ''
}
