import type { Challenge } from '../../crds/challenge.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import type { HTTPRoute } from '../../kube/kinds.ts'
import { httpRoutes as routeResource } from '../../kube/kinds.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import type { PresentOutcome } from '../solver.ts'
import type { PathPublication, RoutedPresentation } from './path-publication.ts'
import { controllerUids, solverObjectName } from './solver-metadata.ts'
import { isRouteRight, solverRoute } from './solver-route.ts'

export interface RoutePublicationDeps {
  readonly cluster: Cluster
  readonly httpRoutes: Informer<HTTPRoute>
  readonly ingress: { readonly extraLabels: Readonly<Record<string, string>> }
}

const FIELD_MANAGER = 'certwright'

/** Leads the path through the Gateways that the solver names, by an HTTPRoute. Adds an index: make it before the informers start. */
export function routePublication(deps: RoutePublicationDeps): PathPublication {
  const ownedBy = deps.httpRoutes.index(controllerUids)
  return {
    isRight: (presentation) => {
      const own = routesOf(ownedBy, presentation.challenge)
      return own.length === 1 && own.every((route) => isRouteRight(route, wantedRoute(deps, presentation)))
    },
    ensure: (presentation, signal) => ensureRoute(deps, ownedBy, presentation, signal),
    // Gateways know them, and are not watched for it.
    addresses: () => [],
    obstacle: ({ challenge }) => routesOf(ownedBy, challenge).map(refusal)[0],
    cleanUp: async (challenge, signal) => {
      for (const route of routesOf(ownedBy, challenge)) await deps.cluster.delete(routeResource, route, signal)
    },
  }
}

function routesOf(ownedBy: Index<HTTPRoute>, { metadata }: Challenge): readonly HTTPRoute[] {
  return ownedBy(metadata.uid ?? '')
}

function wantedRoute({ ingress }: RoutePublicationDeps, routed: RoutedPresentation): New<HTTPRoute> {
  return solverRoute(routed, routed.solver.http01?.gatewayHTTPRoute ?? {}, ingress.extraLabels)
}

async function ensureRoute(
  deps: RoutePublicationDeps,
  ownedBy: Index<HTTPRoute>,
  presentation: RoutedPresentation,
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const { challenge } = presentation
  for (const route of routesOf(ownedBy, challenge)) {
    // Left by cert-manager, which names them at random.
    if (route.metadata.name !== solverObjectName(challenge)) await deps.cluster.delete(routeResource, route, signal)
  }
  const wanted = wantedRoute(deps, presentation)
  const existing = deps.httpRoutes.get(wanted.metadata)
  if (existing === undefined) return createRoute(deps, wanted, signal)
  await repairRoute(deps, existing, wanted, signal)
  return { kind: 'presented' }
}

async function createRoute(deps: RoutePublicationDeps, wanted: New<HTTPRoute>, signal: AbortSignal): Promise<PresentOutcome> {
  try {
    await deps.cluster.create(routeResource, wanted, { fieldManager: FIELD_MANAGER }, signal)
  } catch (error) {
    if (isKubeApiError(error, 'NotFound') && !deps.httpRoutes.isSynced())
      return { kind: 'waiting', why: 'the cluster does not know HTTPRoutes; install the Gateway API, or solve the challenge by an Ingress' }
    if (!isKubeApiError(error, 'AlreadyExists')) throw error
    const existing = await deps.cluster.get(routeResource, wanted.metadata, signal)
    if (existing !== undefined) await repairRoute(deps, existing, wanted, signal)
  }
  return { kind: 'presented' }
}

async function repairRoute(deps: RoutePublicationDeps, existing: HTTPRoute, wanted: New<HTTPRoute>, signal: AbortSignal): Promise<void> {
  if (isRouteRight(existing, wanted)) return
  const { labels, ownerReferences } = wanted.metadata
  const patch = { metadata: { labels, ownerReferences }, spec: { hostnames: null, ...wanted.spec } }
  await deps.cluster.patch(routeResource, existing, patch, { fieldManager: FIELD_MANAGER }, signal)
}

/** What a Gateway says against the route. */
function refusal({ status }: HTTPRoute): string | undefined {
  for (const { parentRef, conditions = [] } of status?.parents ?? []) {
    const refused = conditions.find(
      (condition) => condition.status === 'False' && (condition.type === 'Accepted' || condition.type === 'ResolvedRefs'),
    )
    if (refused === undefined) continue
    const place = parentRef.namespace === undefined ? parentRef.name : `${parentRef.namespace}/${parentRef.name}`
    return `the ${parentRef.kind ?? 'Gateway'} ${place} does not take the HTTPRoute: ${refused.type} is False (${refused.reason ?? 'no reason given'})`
  }
  return undefined
}
