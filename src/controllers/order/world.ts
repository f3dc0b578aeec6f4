import type { AcmeOrder } from '../../acme/order.ts'
import type { AcmeState, Order } from '../../crds/order.ts'
import type { Instant } from '../../lib/instant.ts'

/** Everything that the decision about one Order may know. */
export interface World {
  readonly order: Order
  /** Whether the request that the Order is for still exists, by UID. */
  readonly isWanted: boolean
  readonly issuer: { readonly kind: 'ready' } | { readonly kind: 'waiting'; readonly why: string }
  readonly csr: { readonly kind: 'ok'; readonly der: Uint8Array } | { readonly kind: 'unreadable'; readonly why: string }
  readonly authorizations: readonly AuthorizationView[]
  /** Every Challenge that this Order controls, by UID. */
  readonly challenges: readonly ChallengeView[]
  readonly memory: OrderMemory
}

/** What one authorization of the Order needs. */
export type AuthorizationView =
  | { readonly kind: 'unread'; readonly url: string }
  /** Proved before, or by one of our Challenges. */
  | { readonly kind: 'proved'; readonly identifier: string }
  | { readonly kind: 'lost'; readonly identifier: string; readonly why: string }
  | { readonly kind: 'unsolvable'; readonly identifier: string; readonly why: string }
  | { readonly kind: 'needs'; readonly identifier: string; readonly url: string; readonly challengeName: string }

export interface ChallengeView {
  readonly name: string
  readonly uid: string
  readonly authorizationUrl: string
  readonly identifier: string
  readonly state: AcmeState | undefined
  readonly reason: string
  readonly isDeleting: boolean
  /** Nothing of what it published is left. */
  readonly isCleanedUp: boolean
}

/**
 * What this process remembers between two looks. Losing it costs one more question to the CA and nothing else, so it is not stored.
 */
export interface OrderMemory {
  /** The order as the CA last showed it. */
  readonly seen?: { readonly order: AcmeOrder; readonly at: Instant }
  readonly wait?: Wait
  /** What the CA could not answer last, and how often in a row. A look at the order in between, which succeeds, does not count. */
  readonly failed?: { readonly action: string; readonly times: number }
  /** How often finalizing left the order where it was. */
  readonly finalizedInVain?: number
  /** The CA refused to finalize. It may have done so because it is issuing already, so the order has to be read again. */
  readonly refusal?: string
}

/** The CA is not asked again before `until`. */
export interface Wait {
  readonly until: Instant
  /** How often it was asked in vain in a row. */
  readonly attempts: number
  readonly why: string
}

/** No such order, or a new one of the same name. */
export const nothingRemembered: OrderMemory = {}
