import { isIP } from 'node:net'

import type { Http01GatewayHttpRoute } from '../../crds/issuer.ts'
import type { New } from '../../kube/cluster.ts'
import type { HTTPRoute, RouteParent } from '../../kube/gateway-api.ts'
import { covers } from '../../lib/covers.ts'
import { challengePath } from './challenge-path.ts'
import type { PathTarget } from './path-publication.ts'
import { ownedByChallenge, solverLabels, solverObjectName } from './solver-metadata.ts'
import { SOLVER_PORT } from './solver-service.ts'

/**
 * The HTTPRoute that sends one Challenge's path to the Service with the answer. What the API server would add by itself stands in it too, so that
 * nothing in it seems to be missing afterwards.
 */
export function solverRoute(
  { challenge, service }: PathTarget,
  config: Http01GatewayHttpRoute,
  extraLabels: Readonly<Record<string, string>>,
): New<HTTPRoute> {
  const { metadata, spec } = challenge
  return {
    metadata: {
      name: solverObjectName(challenge),
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      // Ours last: by them the route is found again.
      labels: { ...extraLabels, ...config.labels, ...solverLabels(challenge) },
      ownerReferences: [ownedByChallenge(challenge)],
    },
    spec: {
      parentRefs: (config.parentRefs ?? []).map(parentOf),
      // A hostname cannot be an address, so the path of an IP identifier is served for every host (RFC 8738 §5).
      ...(isIP(spec.dnsName) === 0 ? { hostnames: [spec.dnsName] } : {}),
      rules: [
        {
          matches: [{ path: { type: 'Exact', value: challengePath(spec.token) } }],
          backendRefs: [{ group: '', kind: 'Service', name: service, port: SOLVER_PORT, weight: 1 }],
        },
      ],
    },
  }
}

/** Whether a route does what is wanted; what controllers and the API server add to it is no fault. */
export function isRouteRight({ metadata, spec }: HTTPRoute, wanted: New<HTTPRoute>): boolean {
  const hostnames = wanted.spec?.hostnames ?? []
  return covers(metadata.labels, wanted.metadata.labels) && covers({ hostnames: [], ...spec }, { ...wanted.spec, hostnames })
}

/** A parent with what the API server would add. */
export function parentOf({ group, kind, namespace, name, sectionName, port }: RouteParent): RouteParent {
  return {
    group: group ?? 'gateway.networking.k8s.io',
    kind: kind ?? 'Gateway',
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(sectionName === undefined ? {} : { sectionName }),
    ...(port === undefined ? {} : { port }),
  }
}
