import { controllerReference } from '../lib/controller-uid.ts'
import type { Challenge } from '../crds/challenge.ts'
import type { Order } from '../crds/order.ts'
import { certificateRequests } from '../crds/resources.ts'
import { readWaitReason } from '../issuers/acme/order-wait.ts'
import type { Lister } from '../kube/lister.ts'
import { keyOf, type ObjectKey } from '../runtime/object-key.ts'

/** The request that an Order is for, where it is of that kind. */
export function requestOfOrder(of: { readonly kind: string; readonly namespaced: boolean }): (order: Order) => readonly ObjectKey[] {
  return (order) => {
    const owner = controllerReference(order)
    if (owner?.kind !== of.kind) return []
    const { namespace } = order.metadata
    return [keyOf({ ...(of.namespaced && namespace !== undefined ? { namespace } : {}), name: owner.name })]
  }
}

/** The request whose issuer cannot answer, as one of its Challenges has found out: a pool may ask another one. */
export function requestOfHindered(challenge: Challenge, orders: Lister<Order>): readonly ObjectKey[] {
  if (readWaitReason(challenge.status?.reason ?? '') === undefined) return []
  const { namespace } = challenge.metadata
  const name = controllerReference(challenge)?.name
  const order = name === undefined ? undefined : orders.get({ ...(namespace === undefined ? {} : { namespace }), name })
  return order === undefined ? [] : requestOfOrder(certificateRequests)(order)
}
