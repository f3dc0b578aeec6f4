import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { OrderPacer } from '../../acme/pacing/order-pacer.ts'
import type { Challenge } from '../../crds/challenge.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { Order } from '../../crds/order.ts'
import { orders as orderResource } from '../../crds/resources.ts'
import type { AccountDoubts } from '../../issuers/acme/account-doubts.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import { issuerKey, issuerRefKey } from '../../issuers/acme/issuer-key.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import { controllerUid } from '../../lib/controller-uid.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import { keyOf } from '../../runtime/object-key.ts'
import type { Reconciler } from '../../runtime/reconciler.ts'
import type { Trigger } from '../../runtime/trigger.ts'
import { onChangeOf, onOwnChange } from '../../runtime/trigger.ts'
import type { Solvers } from '../../solvers/solver.ts'
import { act } from './act.ts'
import type { Action } from './decide.ts'
import { decide } from './decide.ts'
import { issuerOf, observe } from './observe.ts'
import { orderPacing } from './pacing.ts'
import type { OrderMemory, World } from './world.ts'
import { rememberedByStatus } from './remembered-by-status.ts'

export interface OrderControllerDeps {
  readonly orders: Informer<Order>
  readonly challenges: Informer<Challenge>
  readonly requests: Informer<CertificateRequest>
  /** undefined: the operator does not sign for Kubernetes. */
  readonly signingRequests: Informer<CertificateSigningRequest> | undefined
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly events: EventRecorder
  readonly clock: Clock
  readonly pacer: OrderPacer
  readonly doubts: AccountDoubts
  readonly solvers: Solvers
  /** 0 ≤ x < 1. */
  readonly random: () => number
}

/** Brings Orders to their certificate. Make it before the informers start: it adds indexes. */
export function orderController(deps: OrderControllerDeps): {
  readonly reconciler: Reconciler<World, Action>
  readonly triggers: readonly Trigger[]
} {
  const memories = new Map<ObjectKey, Remembered>()
  const challengesOf = deps.challenges.index(({ metadata }) => (metadata.ownerReferences ?? []).filter(isOrderOwner).map(({ uid }) => uid))
  const ordersOfIssuer = deps.orders.index((order) => [issuerRefKey(order.spec.issuerRef, order.metadata.namespace)])

  const ordersOfOwner = deps.orders.index(controllerUid)

  const recall = (order: Order): OrderMemory => {
    const remembered = memories.get(keyOf(order.metadata))
    return remembered?.uid === order.metadata.uid && remembered !== undefined ? remembered.memory : rememberedByStatus(order)
  }
  const reads = { ...deps, challengesOf, recall }
  const effects = {
    ...deps,
    issuerOf: ({ order }: World) => issuerOf(deps, order),
    pacing: orderPacing(deps.pacer, deps.clock, deps),
    remember: ({ order }: World, memory: OrderMemory) => void memories.set(keyOf(order.metadata), { uid: order.metadata.uid, memory }),
  }

  return {
    reconciler: {
      name: 'orders',
      observe: async (key) => {
        const world = observe(reads, key)
        if (world === undefined || isOver(world)) memories.delete(key)
        return world
      },
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [
      onOwnChange(deps.orders),
      // It may be seen only after its Order: its cache may fill after the start.
      ...(deps.signingRequests === undefined
        ? []
        : [onChangeOf(deps.signingRequests, ({ metadata: { uid = '' } }) => ordersOfOwner(uid).map(({ metadata }) => keyOf(metadata)))]),
      onChangeOf(deps.challenges, orderKeys),
      onChangeOf(deps.issuers, (issuer) => ordersOfIssuer(issuerKey(issuer)).map(({ metadata }) => keyOf(metadata))),
      onChangeOf(deps.clusterIssuers, (issuer) => ordersOfIssuer(issuerKey(issuer)).map(({ metadata }) => keyOf(metadata))),
    ],
  }
}

interface Remembered {
  readonly uid: string | undefined
  readonly memory: OrderMemory
}

function orderKeys({ metadata }: Challenge): readonly ObjectKey[] {
  const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace }
  return (metadata.ownerReferences ?? []).filter(isOrderOwner).map(({ name }) => keyOf({ name, ...namespace }))
}

function isOrderOwner({ kind, controller }: { readonly kind: string; readonly controller?: boolean }): boolean {
  return controller === true && kind === orderResource.kind
}

function isOver({ order }: World): boolean {
  const { state, certificate = '' } = order.status ?? {}
  return state === 'invalid' || state === 'expired' || state === 'errored' || (state === 'valid' && certificate !== '')
}
