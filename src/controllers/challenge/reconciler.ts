import type { Challenge } from '../../crds/challenge.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { Order } from '../../crds/order.ts'
import type { KubeObject } from '../../crds/resource.ts'
import { challenges as challengeResource, orders as orderResource } from '../../crds/resources.ts'
import type { AccountDoubts } from '../../issuers/acme/account-doubts.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import { issuerKey, issuerRefKey } from '../../issuers/acme/issuer-key.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { HTTPRoute } from '../../kube/gateway-api.ts'
import type { EndpointSlice, Ingress, Service } from '../../kube/kinds.ts'
import type { Pod } from '../../kube/pods.ts'
import type { IngressRouteTCP } from '../../kube/traefik.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import { keyOf } from '../../runtime/object-key.ts'
import type { Reconciler } from '../../runtime/reconciler.ts'
import type { Trigger } from '../../runtime/trigger.ts'
import { onChangeOf, onOwnChange } from '../../runtime/trigger.ts'
import { tokensOf } from '../../solvers/http01/ingress-publication.ts'
import type { Solvers } from '../../solvers/solver.ts'
import type { TlsRouteVersion } from '../../solvers/tls-alpn01/tls-route.ts'
import { act } from './act.ts'
import type { Action } from './decide.ts'
import { decide } from './decide.ts'
import { observe } from './observe.ts'
import { createSelfChecks } from './self-checks.ts'
import type { ChallengeMemory, ChallengeSettings, World } from './world.ts'
import { nothingRemembered } from './world.ts'

export interface ChallengeControllerDeps {
  readonly challenges: Informer<Challenge>
  readonly orders: Informer<Order>
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  /** What solvers make in the cluster, to put it back when somebody takes it away. */
  readonly ingresses: Informer<Ingress>
  readonly httpRoutes: Informer<HTTPRoute> | undefined
  readonly tlsRoutes: readonly TlsRouteVersion[]
  readonly ingressRouteTcps: Informer<IngressRouteTCP>
  readonly services: Informer<Service>
  readonly endpointSlices: Informer<EndpointSlice>
  /** Who else answers; undefined: nobody. */
  readonly replicas: Informer<EndpointSlice> | undefined
  readonly solverPods: Informer<Pod> | undefined
  readonly solvers: Solvers
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly doubts: AccountDoubts
  readonly events: EventRecorder
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly settings: ChallengeSettings
}

/** Proves control of names. Make it before the informers start: it adds indexes. */
export function challengeController(deps: ChallengeControllerDeps): {
  readonly reconciler: Reconciler<World, Action>
  readonly triggers: readonly Trigger[]
} {
  const memories = new Map<ObjectKey, { readonly uid: string | undefined; readonly memory: ChallengeMemory }>()
  const selfChecks = createSelfChecks(deps.clock)
  const recall = ({ metadata }: Challenge): ChallengeMemory => {
    const remembered = memories.get(keyOf(metadata))
    return remembered !== undefined && remembered.uid === metadata.uid ? remembered.memory : nothingRemembered
  }
  const reads = { ...deps, recall, selfCheckOf: selfChecks.viewOf }
  const effects = {
    ...deps,
    selfChecks,
    remember: ({ challenge: { metadata } }: World, memory: ChallengeMemory) =>
      void memories.set(keyOf(metadata), { uid: metadata.uid, memory }),
  }
  const forget = (key: ObjectKey): void => {
    memories.delete(key)
    selfChecks.forget(key)
  }

  return {
    reconciler: {
      name: 'challenges',
      observe: async (key, signal) => {
        const world = await observe(reads, key, signal)
        if (world === undefined) forget(key)
        return world
      },
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [...triggersOf(deps), selfChecks.trigger],
  }
}

function triggersOf(deps: ChallengeControllerDeps): readonly Trigger[] {
  const { challenges } = deps
  const ofOrder = challenges.index(({ metadata }) =>
    (metadata.ownerReferences ?? []).filter(({ kind }) => kind === orderResource.kind).map(({ uid }) => uid),
  )
  const ofIssuer = challenges.index((challenge) => [issuerRefKey(challenge.spec.issuerRef, challenge.metadata.namespace)])
  const ofToken = challenges.index(({ spec }) => [spec.token])
  const inNamespace = challenges.index(({ metadata }) => [metadata.namespace ?? ''])
  const neighbors = ({ metadata }: Service | EndpointSlice): readonly ObjectKey[] => keysOf(inNamespace(metadata.namespace ?? ''))
  // What belongs to one Challenge, or to the Service of one, is no business of the others.
  const shared = (object: Service | EndpointSlice): readonly ObjectKey[] =>
    object.metadata.ownerReferences === undefined ? neighbors(object) : ownerKeys(object)

  return [
    onOwnChange(challenges),
    onChangeOf(deps.orders, ({ metadata }) => keysOf(ofOrder(metadata.uid ?? ''))),
    onChangeOf(deps.issuers, (issuer) => keysOf(ofIssuer(issuerKey(issuer)))),
    onChangeOf(deps.clusterIssuers, (issuer) => keysOf(ofIssuer(issuerKey(issuer)))),
    onChangeOf(deps.ingresses, (ingress) => [...ownerKeys(ingress), ...tokensOf(ingress).flatMap((token) => keysOf(ofToken(token)))]),
    ...(deps.httpRoutes === undefined ? [] : [onChangeOf(deps.httpRoutes, ownerKeys)]),
    ...deps.tlsRoutes.map(({ informer }) => onChangeOf(informer, ownerKeys)),
    onChangeOf(deps.ingressRouteTcps, ownerKeys),
    ...(deps.solverPods === undefined ? [] : [onChangeOf(deps.solverPods, ownerKeys)]),
    ...(deps.replicas === undefined ? [] : [onChangeOf(deps.replicas, () => keysOf(challenges.list()))]),
    onChangeOf(deps.services, shared),
    onChangeOf(deps.endpointSlices, shared),
  ]
}

function ownerKeys({ metadata }: KubeObject): readonly ObjectKey[] {
  const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace }
  return (metadata.ownerReferences ?? [])
    .filter(({ kind }) => kind === challengeResource.kind)
    .map(({ name }) => keyOf({ name, ...namespace }))
}

function keysOf(challenges: readonly Challenge[]): readonly ObjectKey[] {
  return challenges.map(({ metadata }) => keyOf(metadata))
}
