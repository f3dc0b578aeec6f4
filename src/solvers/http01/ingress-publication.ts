import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver, Http01Ingress } from '../../crds/issuer.ts'
import { challenges } from '../../crds/resources.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { Ingress } from '../../kube/kinds.ts'
import { ingresses as ingressResource } from '../../kube/kinds.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import { keyOf } from '../../runtime/object-key.ts'
import type { Presentation, PresentOutcome } from '../solver.ts'
import { challengePath, tokenIn } from './challenge-path.ts'
import type { PathPublication, PathTarget, RoutedPresentation } from './path-publication.ts'
import type { IngressOptions } from './solver-ingress.ts'
import { hasSolverPath, solverIngress, withoutSolverPath, withSolverPath } from './solver-ingress.ts'
import { controllerUids, solverObjectName } from './solver-metadata.ts'

export interface IngressPublicationDeps {
  readonly cluster: Cluster
  /** All Ingresses: those of users may be edited. */
  readonly ingresses: Informer<Ingress>
  readonly ingress: IngressOptions
}

const FIELD_MANAGER = 'certwright'

/** Leads the path through an Ingress of the Challenge's own, or through one of the user's. Adds indexes: make it before the informers start. */
export function ingressPublication(deps: IngressPublicationDeps): PathPublication {
  const found: Found = {
    ownedBy: deps.ingresses.index(controllerUids),
    withPath: deps.ingresses.index((ingress) =>
      tokensOf(ingress).map((token) => keyOf({ namespace: ingress.metadata.namespace ?? '', name: challengePath(token) })),
    ),
  }
  return {
    isRight: (presentation) => isIngressRight(deps, found, presentation),
    ensure: (presentation, signal) => ensureIngress(deps, found, presentation, signal),
    addresses: (presentation) => ingressAddresses(deps, found, presentation),
    obstacle: () => undefined,
    stands: (challenge) => found.ownedBy(challenge.metadata.uid ?? '').length > 0 || editedFor(found, challenge).length > 0,
    cleanUp: (challenge, signal) => cleanUp(deps, found, challenge, signal),
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

function isIngressRight(deps: IngressPublicationDeps, { ownedBy }: Found, routed: RoutedPresentation): boolean {
  const { challenge, solver } = routed
  const named = editedName(solver)
  if (named !== undefined) return hasSolverPath(deps.ingresses.get({ namespace: namespaceOf(challenge), name: named })?.spec?.rules, routed)
  const own = ownedBy(challenge.metadata.uid ?? '')
  return own.length === 1 && own.every((ingress) => hasSolverPath(ingress.spec?.rules, routed))
}

/** Where the ingress controller says that it serves the Ingress; many do not say. */
function ingressAddresses(deps: IngressPublicationDeps, { ownedBy }: Found, { challenge, solver }: Presentation): readonly string[] {
  const named = editedName(solver)
  const ingress =
    named === undefined ? ownedBy(challenge.metadata.uid ?? '')[0] : deps.ingresses.get({ namespace: namespaceOf(challenge), name: named })
  return (ingress?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

async function ensureIngress(
  deps: IngressPublicationDeps,
  found: Found,
  routed: RoutedPresentation,
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const { challenge, solver } = routed
  const named = editedName(solver)
  if (named !== undefined) return editIngress(deps, { target: routed, name: named }, signal)

  for (const ingress of found.ownedBy(challenge.metadata.uid ?? '')) {
    // Left by cert-manager, which names them at random.
    if (ingress.metadata.name !== solverObjectName(challenge)) await deps.cluster.delete(ingressResource, ingress, signal)
  }
  return ensureOwnIngress(deps, { target: routed, config: solver.http01?.ingress ?? {} }, signal)
}

async function ensureOwnIngress(
  deps: IngressPublicationDeps,
  { target, config }: { readonly target: PathTarget; readonly config: Http01Ingress },
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const wanted = solverIngress(target, config, deps.ingress)
  const existing = deps.ingresses.get(wanted.metadata) ?? (await createIngress(deps, wanted, signal))
  if (existing === undefined || hasSolverPath(existing.spec?.rules, target)) return { kind: 'presented' }
  await deps.cluster.patch(ingressResource, existing, { spec: { rules: wanted.spec?.rules } }, { fieldManager: FIELD_MANAGER }, signal)
  return { kind: 'presented' }
}

/** undefined: created as wanted; else the one that stood there already. */
async function createIngress(
  { cluster }: IngressPublicationDeps,
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
  deps: IngressPublicationDeps,
  { target, name }: { readonly target: PathTarget; readonly name: string },
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const ingress = deps.ingresses.get({ namespace: namespaceOf(target.challenge), name })
  if (ingress === undefined)
    return { kind: 'waiting', why: `the Ingress ${name}, to which the path of the challenge should be added, does not exist` }
  await rewriteRules(
    deps,
    ingress,
    (rules) => (hasSolverPath(rules, target) ? undefined : withSolverPath(rules, target, deps.ingress)),
    signal,
  )
  return { kind: 'presented' }
}

async function cleanUp(deps: IngressPublicationDeps, found: Found, challenge: Challenge, signal: AbortSignal): Promise<void> {
  for (const ingress of found.ownedBy(challenge.metadata.uid ?? '')) await deps.cluster.delete(ingressResource, ingress, signal)
  for (const ingress of editedFor(found, challenge)) {
    await rewriteRules(deps, ingress, (rules) => withoutSolverPath(rules, challenge), signal)
  }
}

/** Ingresses of users that have the path of this Challenge. */
function editedFor({ withPath }: Found, challenge: Challenge): readonly Ingress[] {
  const path = keyOf({ namespace: namespaceOf(challenge), name: challengePath(challenge.spec.token) })
  return withPath(path).filter(
    ({ metadata }) => metadata.ownerReferences?.some(({ kind, controller }) => controller === true && kind === challenges.kind) !== true,
  )
}

type Rules = NonNullable<Ingress['spec']>['rules']

/** Edits a user's Ingress. Other Challenges edit it at the same time, so a conflict is answered by a fresh look. */
async function rewriteRules(
  { cluster }: IngressPublicationDeps,
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

/** The Ingress of the user's that is to get the paths; undefined: each Challenge has one of its own. */
export function editedName({ http01 }: AcmeSolver): string | undefined {
  const name = http01?.ingress?.name
  return name === '' ? undefined : name
}

function namespaceOf({ metadata }: Challenge): string {
  return metadata.namespace ?? ''
}
