import { AcmeError } from '../../acme/acme-error.ts'
import type { Admission, OrderPacer, PacedOrder } from '../../acme/pacing/order-pacer.ts'
import type { Order } from '../../crds/order.ts'
import type { FoundIssuer } from '../../issuers/acme/find-issuer.ts'
import { readWaitReason } from '../../issuers/acme/order-wait.ts'
import { issuerKey } from '../../issuers/acme/issuer-key.ts'
import type { IssuerListers } from '../../issuers/find-issuer.ts'
import type { Lister } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import { parseRfc3339 } from '../../lib/instant.ts'
import { orderedIdentifiers } from './ordered-identifiers.ts'
import { issuerOf } from './observe.ts'

/** The limits of CAs, asked about Orders. An Order whose issuer is gone meets none. */
export interface OrderPacing {
  /** Whether the order may be placed now; if so, it counts from now on. */
  readonly admit: (order: Order) => Admission
  /** Sends an admitted order. What the CA did not take does not count, and what it says about coming back holds for others too. */
  readonly place: <T>(order: Order, send: () => Promise<T>) => Promise<T>
  readonly ended: (order: Order, outcome: 'issued' | 'failed') => void
}

/** Translates Orders for the pacer. */
export function orderPacing(pacer: OrderPacer, clock: Clock, issuers: IssuerListers): OrderPacing {
  const about = (order: Order, use: (paced: PacedOrder) => void): void => {
    const paced = pacedOrder(order, issuerOf(issuers, order))
    if (paced !== undefined) use(paced)
  }
  return {
    admit: (order) => {
      const paced = pacedOrder(order, issuerOf(issuers, order))
      return paced === undefined ? { kind: 'go' } : pacer.admit(paced, clock.now())
    },
    place: async (order, send) => {
      try {
        return await send()
      } catch (error) {
        about(order, (paced) => {
          pacer.ended(paced, 'not-placed', clock.now())
          if (error instanceof AcmeError) pacer.refused(paced, error, clock.now())
        })
        throw error
      }
    },
    ended: (order, outcome) => about(order, (paced) => pacer.ended(paced, outcome, clock.now())),
  }
}

/**
 * Counts the orders that stand in the cluster, and recalls what the CA has closed by those that wait: a process that has just become the
 * leader knows of no others.
 */
export function rememberOrders(pacer: OrderPacer, orders: Lister<Order>, issuers: IssuerListers, now: Instant): void {
  rememberPlaced(pacer, orders, issuers)
  for (const order of orders.list()) {
    const hindrance = readWaitReason(order.status?.reason ?? '')
    const paced = pacedOrder(order, issuerOf(issuers, order))
    if (paced === undefined || order.status?.url !== undefined || hindrance?.until === undefined || !hindrance.why.includes(RATE_LIMITED))
      continue
    pacer.refused(paced, { retryAfter: hindrance.until, problem: { type: RATE_LIMITED, detail: hindrance.why, subproblems: [] } }, now)
  }
}

const RATE_LIMITED = 'urn:ietf:params:acme:error:rateLimited'

function rememberPlaced(pacer: OrderPacer, orders: Lister<Order>, issuers: IssuerListers): void {
  const placed = orders.list().flatMap((order) => {
    const at = parseRfc3339(order.metadata.creationTimestamp)
    const paced = pacedOrder(order, issuerOf(issuers, order))
    return at === undefined || paced === undefined || order.status?.url === undefined ? [] : [{ paced, at, state: order.status.state }]
  })
  for (const { paced, at, state } of placed.toSorted((a, b) => a.at - b.at)) {
    pacer.remember(paced, { at, isIssued: state === 'valid' })
    if (state === 'invalid' || state === 'expired' || state === 'errored') pacer.ended(paced, 'failed', at)
  }
}

function pacedOrder(order: Order, found: FoundIssuer): PacedOrder | undefined {
  if (found.kind === 'missing') return undefined
  const { metadata, spec } = order
  return {
    key: metadata.uid ?? '',
    group: `${metadata.namespace ?? ''} ${issuerKey(found.issuer)}`,
    directoryUrl: found.acme.server,
    accountUrl: found.issuer.status?.acme?.uri ?? '',
    identifiers: orderedIdentifiers(spec),
    isReplacing: (spec.replaces ?? '') !== '',
  }
}
