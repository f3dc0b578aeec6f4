import type { Order } from '../../crds/order.ts'
import { readWaitReason } from '../../issuers/acme/order-wait.ts'
import type { OrderMemory } from './world.ts'
import { nothingRemembered } from './world.ts'

/** What an earlier life of this process has left in the status: when the CA wants to be asked again. */
export function rememberedByStatus({ status }: Order): OrderMemory {
  const hindrance = readWaitReason(status?.reason ?? '')
  if (hindrance?.until === undefined) return nothingRemembered
  return { wait: { until: hindrance.until, attempts: 0, why: hindrance.why } }
}
