import type { Challenge } from '../../crds/challenge.ts'
import type { TlsAlpn01GatewayTlsRoute } from '../../crds/issuer.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import type { TLSRoute } from '../../kube/gateway-api.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Resource } from '../../crds/resource.ts'
import { covers } from '../../lib/covers.ts'
import { ownedPublication } from '../http01/owned-publication.ts'
import type { Publication } from '../http01/path-publication.ts'
import type { Presentation } from '../solver.ts'
import { refusalOf } from '../http01/route-refusal.ts'
import { ownedByChallenge, solverLabels } from '../http01/solver-metadata.ts'
import { parentOf } from '../http01/solver-route.ts'
import { serverNameOf } from './server-name.ts'
import { tlsObjectName, tlsAlpn01Service } from './tls-service.ts'

/** One version of the kind, and those objects that solvers have made. */
export interface TlsRouteVersion {
  readonly resource: Resource<TLSRoute>
  readonly informer: Informer<TLSRoute>
}

/**
 * Leads connections for the name to the operator by a TLSRoute, in the first of these versions that the cluster serves. Adds indexes: make
 * it before the informers start.
 */
export function tlsRoutePublication(cluster: Cluster, versions: readonly TlsRouteVersion[]): Publication<Presentation> | undefined {
  const publications = versions.map(({ resource, informer }) => ({
    informer,
    publication: ownedPublication<TLSRoute, Presentation>(cluster, {
      resource,
      informer,
      wanted: ({ challenge, solver }) => tlsRoute(challenge, solver.tlsALPN01?.gatewayTLSRoute ?? { parentRefs: [] }),
      isRight: ({ metadata, spec }, wanted) => covers(metadata.labels, wanted.metadata.labels) && covers(spec, wanted.spec),
      repairedSpec: ({ spec }) => ({ ...spec }),
      obstacle: refusalOf,
      whyMissing: 'the cluster does not know TLSRoutes; install the Gateway API (before 1.5: its experimental channel)',
    }),
  }))
  const [first] = publications
  if (first === undefined) return undefined
  const served = (): Publication<Presentation> => (publications.find(({ informer }) => informer.isSynced()) ?? first).publication
  return {
    isRight: (presentation) => served().isRight(presentation),
    ensure: (presentation, signal) => served().ensure(presentation, signal),
    addresses: (presentation) => served().addresses(presentation),
    obstacle: (presentation) => served().obstacle(presentation),
    stands: (challenge) => served().stands(challenge),
    // All versions of an object are one object.
    cleanUp: (challenge, signal) => served().cleanUp(challenge, signal),
  }
}

/** What the API server would add by itself stands in it too, so that nothing in it seems to be missing afterwards. */
export function tlsRoute(challenge: Challenge, { labels, parentRefs }: TlsAlpn01GatewayTlsRoute): New<TLSRoute> {
  const { metadata, spec } = challenge
  const { name, port } = tlsAlpn01Service
  return {
    metadata: {
      name: tlsObjectName(challenge),
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { ...labels, ...solverLabels(challenge) },
      ownerReferences: [ownedByChallenge(challenge)],
    },
    spec: {
      parentRefs: parentRefs.map(parentOf),
      hostnames: [serverNameOf(spec.dnsName) ?? ''],
      rules: [{ backendRefs: [{ group: '', kind: 'Service', name, port, weight: 1 }] }],
    },
  }
}
