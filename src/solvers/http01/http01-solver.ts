import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver, Http01Ingress } from '../../crds/issuer.ts'
import { challenges } from '../../crds/resources.ts'
import type { Ingress } from '../../kube/kinds.ts'
import { ingresses as ingressResource } from '../../kube/kinds.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import { SECOND } from '../../lib/instant.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import { keyOf } from '../../runtime/object-key.ts'
import type { Presentation, PresentOutcome, SelfCheckResult, Solver } from '../solver.ts'
import { challengePath, tokenIn } from './challenge-path.ts'
import type { Page, SelfCheckOptions } from './self-check.ts'
import { viewPage, viewPageAt } from './self-check.ts'
import type { IngressOptions } from './solver-ingress.ts'
import { hasSolverPath, solverIngress, solverIngressName, withoutSolverPath, withSolverPath } from './solver-ingress.ts'
import type { ServiceType, SolverServiceDeps } from './solver-service.ts'
import { ensureService, isServiceRight } from './solver-service.ts'

export interface Http01SolverDeps extends SolverServiceDeps {
  /** All Ingresses: those of users may be edited. */
  readonly ingresses: Informer<Ingress>
  /** The type of the Service where the issuer does not say: NodePort is cert-manager's, and needs a free node port per namespace. */
  readonly defaultServiceType: ServiceType
  readonly ingress: IngressOptions
  readonly selfCheck: SelfCheckOptions
}

const FIELD_MANAGER = 'certwright'

/** Proves control by a web page that the operator itself serves, behind the user's ingress controller. Adds an index: make it before the informers start. */
export function http01Solver(deps: Http01SolverDeps): Solver {
  const found: Found = {
    ownedBy: deps.ingresses.index(({ metadata }) =>
      (metadata.ownerReferences ?? []).filter(({ controller }) => controller === true).map(({ uid }) => uid),
    ),
    withPath: deps.ingresses.index((ingress) =>
      tokensOf(ingress).map((token) => keyOf({ namespace: ingress.metadata.namespace ?? '', name: challengePath(token) })),
    ),
  }
  const once = oneAtATime<PresentOutcome>()
  return {
    longestPause: 2 * SECOND,
    unsupported,
    isPresented: (presentation) =>
      isServiceRight(deps, namespaceOf(presentation.challenge), serviceTypeFor(presentation.solver, deps)) &&
      isIngressRight(deps, found, presentation),
    present: async (presentation, signal) => {
      const namespace = namespaceOf(presentation.challenge)
      const type = serviceTypeFor(presentation.solver, deps)
      // Hundreds of Challenges of one namespace begin at once.
      const service = await once(`${namespace} ${type}`, () => ensureService(deps, namespace, type, signal))
      return service.kind === 'waiting' ? service : ensureIngress(deps, found, presentation, signal)
    },
    selfCheck: (presentation, signal) => check(deps, found, presentation, signal),
    cleanUp: (challenge, _presentation, signal) => cleanUp(deps, found, challenge, signal),
  }
}

/** The tokens of the challenge paths in an Ingress. */
export function tokensOf({ spec }: Ingress): readonly string[] {
  return (spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? []).flatMap(({ path }) => tokenIn(path ?? '') ?? [])
}

interface Found {
  /** Ingresses by the UID of their controller. */
  readonly ownedBy: Index<Ingress>
  /** Ingresses by namespace and challenge path. */
  readonly withPath: Index<Ingress>
}

function unsupported(solver: AcmeSolver): string | undefined {
  if (solver.http01?.gatewayHTTPRoute !== undefined)
    return 'HTTP-01 through a Gateway API HTTPRoute (http01.gatewayHTTPRoute) is not supported by this version'
  const ingress = solver.http01?.ingress
  if (ingress === undefined) return 'the solver has no http01.ingress'
  const ways = [ingress.class, ingress.ingressClassName, ingress.name].filter((way) => way !== undefined && way !== '')
  return ways.length > 1 ? 'set only one of class, ingressClassName and name in http01.ingress' : undefined
}

function isIngressRight(deps: Http01SolverDeps, { ownedBy }: Found, { challenge, solver }: Presentation): boolean {
  const named = editedName(solver)
  if (named !== undefined)
    return hasSolverPath(deps.ingresses.get({ namespace: namespaceOf(challenge), name: named })?.spec?.rules, challenge)
  const own = ownedBy(challenge.metadata.uid ?? '')
  return own.length === 1 && own.every((ingress) => hasSolverPath(ingress.spec?.rules, challenge))
}

async function check(deps: Http01SolverDeps, found: Found, presentation: Presentation, signal: AbortSignal): Promise<SelfCheckResult> {
  const { dnsName, token, key } = presentation.challenge.spec
  const page = { name: dnsName, path: challengePath(token), expected: key }
  const view = await viewPage(page, deps.selfCheck, signal)
  switch (view.kind) {
    case 'right':
      return { kind: 'passed' }
    case 'unseen':
      return { kind: 'failed', why: view.why, isInconclusive: true }
    case 'unresolved':
      return { kind: 'failed', why: view.why, isInconclusive: false }
    case 'wrong':
      return checkBehindName(deps, { page, why: view.why, addresses: ingressAddresses(deps, found, presentation) }, signal)
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

/** Where the ingress controller says that it serves the Ingress; many do not say. */
function ingressAddresses(deps: Http01SolverDeps, { ownedBy }: Found, { challenge, solver }: Presentation): readonly string[] {
  const named = editedName(solver)
  const ingress =
    named === undefined ? ownedBy(challenge.metadata.uid ?? '')[0] : deps.ingresses.get({ namespace: namespaceOf(challenge), name: named })
  return (ingress?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

async function ensureIngress(
  deps: Http01SolverDeps,
  found: Found,
  presentation: Presentation,
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const { challenge, solver } = presentation
  const named = editedName(solver)
  if (named !== undefined) return editIngress(deps, { challenge, name: named }, signal)

  for (const ingress of found.ownedBy(challenge.metadata.uid ?? '')) {
    // Left by cert-manager, which names them at random and leads them to its pods.
    if (ingress.metadata.name !== solverIngressName(challenge)) await deps.cluster.delete(ingressResource, ingress, signal)
  }
  return ensureOwnIngress(deps, { challenge, config: solver.http01?.ingress ?? {} }, signal)
}

async function ensureOwnIngress(
  deps: Http01SolverDeps,
  { challenge, config }: { readonly challenge: Challenge; readonly config: Http01Ingress },
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const wanted = solverIngress(challenge, config, deps.ingress)
  const existing = deps.ingresses.get(wanted.metadata) ?? (await createIngress(deps, wanted, signal))
  if (existing === undefined || hasSolverPath(existing.spec?.rules, challenge)) return { kind: 'presented' }
  await deps.cluster.patch(ingressResource, existing, { spec: { rules: wanted.spec?.rules } }, { fieldManager: FIELD_MANAGER }, signal)
  return { kind: 'presented' }
}

/** undefined: created as wanted; else the one that stood there already. */
async function createIngress(
  { cluster }: Http01SolverDeps,
  wanted: ReturnType<typeof solverIngress>,
  signal: AbortSignal,
): Promise<Ingress | undefined> {
  try {
    await cluster.create(ingressResource, wanted, { fieldManager: FIELD_MANAGER }, signal)
    return undefined
  } catch (error) {
    if (isKubeApiError(error, 'AlreadyExists')) return cluster.get(ingressResource, wanted.metadata, signal)
    throw error
  }
}

async function editIngress(
  deps: Http01SolverDeps,
  { challenge, name }: { readonly challenge: Challenge; readonly name: string },
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const ingress = deps.ingresses.get({ namespace: namespaceOf(challenge), name })
  if (ingress === undefined)
    return { kind: 'waiting', why: `the Ingress ${name}, to which the path of the challenge should be added, does not exist` }
  await rewriteRules(
    deps,
    ingress,
    (rules) => (hasSolverPath(rules, challenge) ? undefined : withSolverPath(rules, challenge, deps.ingress)),
    signal,
  )
  return { kind: 'presented' }
}

/** Takes away what leads to this Challenge's answer, wherever it stands: the issuer may have changed or be gone by now. */
async function cleanUp(deps: Http01SolverDeps, { ownedBy, withPath }: Found, challenge: Challenge, signal: AbortSignal): Promise<void> {
  for (const ingress of ownedBy(challenge.metadata.uid ?? '')) await deps.cluster.delete(ingressResource, ingress, signal)
  const path = keyOf({ namespace: namespaceOf(challenge), name: challengePath(challenge.spec.token) })
  for (const ingress of withPath(path)) {
    const isOwned =
      ingress.metadata.ownerReferences?.some(({ kind, controller }) => controller === true && kind === challenges.kind) === true
    if (isOwned) continue
    await rewriteRules(deps, ingress, (rules) => withoutSolverPath(rules, challenge), signal)
  }
}

type Rules = NonNullable<Ingress['spec']>['rules']

/** Edits a user's Ingress. Other Challenges edit it at the same time, so a conflict is answered by a fresh look. */
async function rewriteRules(
  { cluster }: Http01SolverDeps,
  cached: Ingress,
  rewrite: (rules: Rules) => Rules,
  signal: AbortSignal,
): Promise<void> {
  let ingress: Ingress | undefined = cached
  for (let attempt = 1; ingress !== undefined; attempt += 1) {
    const rules = rewrite(ingress.spec?.rules)
    if (rules === undefined) return
    try {
      await cluster.patch(ingressResource, ingress, { spec: { rules } }, { fieldManager: FIELD_MANAGER }, signal)
      return
    } catch (error) {
      if (attempt >= 5 || !isKubeApiError(error, 'Conflict')) throw error
      ingress = await cluster.get(ingressResource, cached.metadata, signal)
    }
  }
}

function serviceTypeFor({ http01 }: AcmeSolver, { defaultServiceType }: Http01SolverDeps): ServiceType {
  const type = http01?.ingress?.serviceType
  return type === 'NodePort' || type === 'ClusterIP' ? type : defaultServiceType
}

function editedName({ http01 }: AcmeSolver): string | undefined {
  const name = http01?.ingress?.name
  return name === '' ? undefined : name
}

function namespaceOf({ metadata }: Challenge): string {
  return metadata.namespace ?? ''
}
