import type { Cluster } from '../../kube/cluster.ts'
import type { HTTPRoute } from '../../kube/gateway-api.ts'
import { httpRoutes as routeResource } from '../../kube/gateway-api.ts'
import type { Informer } from '../../kube/lister.ts'
import { ownedPublication } from './owned-publication.ts'
import type { PathPublication, RoutedPresentation } from './path-publication.ts'
import { refusalOf } from './route-refusal.ts'
import { isRouteRight, solverRoute } from './solver-route.ts'

export interface RoutePublicationDeps {
  readonly cluster: Cluster
  readonly httpRoutes: Informer<HTTPRoute>
  readonly ingress: { readonly extraLabels: Readonly<Record<string, string>> }
}

/** Leads the path through the Gateways that the solver names, by an HTTPRoute. Adds an index: make it before the informers start. */
export function routePublication({ cluster, httpRoutes, ingress }: RoutePublicationDeps): PathPublication {
  return ownedPublication(cluster, {
    resource: routeResource,
    informer: httpRoutes,
    wanted: (routed: RoutedPresentation) => solverRoute(routed, routed.solver.http01?.gatewayHTTPRoute ?? {}, ingress.extraLabels),
    isRight: isRouteRight,
    repairedSpec: ({ spec }) => ({ hostnames: null, ...spec }),
    obstacle: refusalOf,
    whyMissing: 'the cluster does not know HTTPRoutes; install the Gateway API, or solve the challenge by an Ingress',
  })
}
