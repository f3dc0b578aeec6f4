import type { AcmeSolver } from '../../crds/issuer.ts'
import type { HTTPRoute } from '../../kube/gateway-api.ts'
import type { Service } from '../../kube/kinds.ts'
import type { Pod } from '../../kube/pods.ts'
import type { Informer } from '../../kube/lister.ts'
import { SECOND } from '../../lib/instant.ts'
import type { Presentation, SelfCheckResult, Solver } from '../solver.ts'
import { replicasResult } from '../view.ts'
import { challengePath } from './challenge-path.ts'
import { editedName, ingressPublication, type IngressPublicationDeps } from './ingress-publication.ts'
import { operatorBackend } from './operator-backend.ts'
import type { PathPublication, RoutedPresentation } from './path-publication.ts'
import { podBackend, podTemplateOf } from './pod-backend.ts'
import { routePublication } from './route-publication.ts'
import type { Page, SelfCheckOptions } from './self-check.ts'
import { viewPage, viewPageAt } from './self-check.ts'
import type { ServiceType } from './service-type.ts'
import type { SolverBackend } from './solver-backend.ts'
import type { SolverPodOptions } from './solver-pod.ts'
import type { AnswerAt, SolverServices } from './solver-service.ts'

export interface Http01SolverDeps extends SolverServices, IngressPublicationDeps {
  readonly answerAt: AnswerAt
  readonly extraLabels: Readonly<Record<string, string>>
  /** Those labelled `acme.cert-manager.io/http01-solver=true`; undefined: the operator leaves the Gateway API alone. */
  readonly httpRoutes: Informer<HTTPRoute> | undefined
  readonly services: Informer<Service>
  /** Those labelled `acme.cert-manager.io/http01-solver=true`; undefined: the operator starts none, whatever is asked for. */
  readonly pods: Informer<Pod> | undefined
  /** Start one also where the solver has no `podTemplate`. */
  readonly startsPodsUnasked: boolean
  readonly pod: SolverPodOptions
  /** The type of a Service where the issuer does not say. */
  readonly defaultServiceType: ServiceType
  readonly selfCheck: SelfCheckOptions
}

/**
 * Proves control by a web page that the operator itself serves, or a pod, behind the user's ingress controller or Gateway. Adds indexes: make it
 * before the informers start.
 */
export function http01Solver(deps: Http01SolverDeps): Solver {
  const { httpRoutes, pods } = deps
  const ingress = ingressPublication(deps)
  const route = httpRoutes === undefined ? undefined : routePublication({ ...deps, httpRoutes })
  const publicationFor = ({ http01 }: AcmeSolver): PathPublication =>
    http01?.gatewayHTTPRoute === undefined ? ingress : (route ?? ingress)
  const operator = operatorBackend(deps)
  const pod = pods === undefined ? undefined : podBackend({ ...deps, pods })
  const backendFor = (solver: AcmeSolver): SolverBackend =>
    pod !== undefined && (deps.startsPodsUnasked || podTemplateOf(solver) !== undefined) ? pod : operator
  const routed = (presentation: Presentation): RoutedPresentation => ({
    ...presentation,
    service: backendFor(presentation.solver).service(presentation.challenge),
  })
  return {
    longestPause: 2 * SECOND,
    unsupported: (solver) => unsupported(solver, route !== undefined),
    isPresented: (presentation) =>
      backendFor(presentation.solver).isRight(presentation) && publicationFor(presentation.solver).isRight(routed(presentation)),
    present: async (presentation, signal) => {
      const outcome = await backendFor(presentation.solver).ensure(presentation, signal)
      return outcome.kind === 'waiting' ? outcome : publicationFor(presentation.solver).ensure(routed(presentation), signal)
    },
    answerer: ({ challenge, solver }) => {
      const backend = backendFor(solver)
      const why = backend.obstacle(challenge)
      return why === undefined ? { kind: 'ready', since: backend.readySince(challenge) } : { kind: 'missing', why }
    },
    selfCheck: (presentation, signal) => {
      const publication = publicationFor(presentation.solver)
      const backend = backendFor(presentation.solver)
      const look = (): Published => ({
        absence: backend.obstacle(presentation.challenge),
        obstacle: publication.obstacle(presentation),
        addresses: publication.addresses(presentation),
      })
      // Whoever of the replicas is asked has to know the answer.
      const replicas = backend === operator ? deps.answerAt.others() : []
      return check(deps, { presentation, look, replicas }, signal)
    },
    // What is the Challenge's own goes with it; a path in an Ingress of the user's would stay.
    leavesTraces: (solver) => editedName(solver) !== undefined,
    stands: (challenge) => ingress.stands(challenge) || route?.stands(challenge) === true || pod?.stands(challenge) === true,
    cleanUp: async (challenge, _presentation, signal) => {
      await ingress.cleanUp(challenge, signal)
      await route?.cleanUp(challenge, signal)
      await pod?.cleanUp(challenge, signal)
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

/** What stands behind the name, as far as the cluster tells. */
interface Published {
  /** Why nobody is there yet who could answer. */
  readonly absence: string | undefined
  readonly obstacle: string | undefined
  readonly addresses: readonly string[]
}

interface Check {
  readonly presentation: Presentation
  readonly look: () => Published
  readonly replicas: readonly string[]
}

async function check(deps: Http01SolverDeps, { presentation, look, replicas }: Check, signal: AbortSignal): Promise<SelfCheckResult> {
  const { dnsName, token, key } = presentation.challenge.spec
  const page = { name: dnsName, path: challengePath(token), expected: key }
  const view = await viewPage(page, deps.selfCheck, signal)
  if (view.kind === 'right')
    return replicasResult(await viewPageAt(replicas, page, { ...deps.selfCheck, port: deps.answerAt.port }, signal))
  const { absence, obstacle, addresses } = look()
  if (absence !== undefined) return { kind: 'failed', why: `${view.why}; ${absence}`, isInconclusive: false, isTooEarly: true }
  if (obstacle !== undefined) return { kind: 'failed', why: `${view.why}; ${obstacle}`, isInconclusive: false }
  switch (view.kind) {
    case 'unseen':
      return { kind: 'failed', why: view.why, isInconclusive: true }
    case 'unresolved':
      return { kind: 'failed', why: view.why, isInconclusive: false }
    case 'wrong':
      return checkBehindName(deps, { page, why: view.why, addresses }, signal)
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
