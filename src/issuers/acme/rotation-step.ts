import { MINUTE, plus, SECOND, type Instant } from '../../lib/instant.ts'

/** Everything that decides about the next step to another account key. */
export interface RotationState {
  /** Another key is asked for, and has not been dealt with. */
  readonly isWanted: boolean
  /** The other key is stored. */
  readonly hasNext: boolean
  /** Orders of the issuer are under way. */
  readonly isBusy: boolean
  readonly mayMakeKeys: boolean
  /** Since when this process knows that it is wanted. */
  readonly wantedSince: Instant
  /** Since when this process knows that the other key is stored; undefined: it is not. */
  readonly nextSince: Instant | undefined
}

export type RotationStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'refuse'; readonly why: string }
  | { readonly kind: 'wait'; readonly until: Instant; readonly why: string }
  /** Make the other key and store it beside the current one. */
  | { readonly kind: 'prepare' }
  /** Tell the CA, then put the other key in the place of the current one. */
  | { readonly kind: 'change' }

/** What is under way with the old key may end: proofs that are published hold its digest. */
const PATIENCE_WITH_ORDERS = 10 * MINUTE
const LOOK_AGAIN = 10 * SECOND
/** Once the other key is stored nobody gets a client any more; requests that are already on their way have so long to arrive. */
const LAST_REQUESTS = 5 * SECOND

/** The next step to another account key. The other key is stored before the CA hears of it, so that no crash can lose the account. */
export function rotationStep(state: RotationState, now: Instant): RotationStep {
  if (state.hasNext) {
    const until = plus(state.nextSince ?? now, LAST_REQUESTS)
    return now < until ? { kind: 'wait', until, why: 'requests under way end first' } : { kind: 'change' }
  }
  if (!state.isWanted) return { kind: 'none' }
  if (!state.mayMakeKeys) return { kind: 'refuse', why: 'disableAccountKeyGeneration forbids to make a key' }
  if (state.isBusy && now < plus(state.wantedSince, PATIENCE_WITH_ORDERS)) {
    return { kind: 'wait', until: plus(now, LOOK_AGAIN), why: 'Orders under way end first' }
  }
  return { kind: 'prepare' }
}
