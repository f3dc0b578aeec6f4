import { describe, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeError } from '../../acme/acme-error.ts'
import { waitReason } from '../../issuers/acme/order-wait.ts'
import { outageDelay, retryAt } from '../../issuers/acme/poll-delay.ts'
import { plus } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Action } from './decide.ts'
import type { OrderEffects } from './effects.ts'
import { fail, write } from './effects.ts'
import type { World } from './world.ts'

/** What asks the CA. */
export type CaAction = Extract<
  Action,
  { do: 'create-challenge' | 'create-order' | 'read-authorizations' | 'read-order' | 'finalize' | 'store-certificate' }
>

export interface Failure {
  readonly error: AcmeError
  readonly world: World
}

/** A call to the CA has failed: whether the order waits, or has come to nothing. */
export async function settle(effects: OrderEffects, action: CaAction, { error, world }: Failure, signal: AbortSignal): Promise<void> {
  if (mayBeAccountsFault(action, { error, world })) return postpone(effects, action, { error, world }, signal)
  switch (verdictOf(error)) {
    case 'later':
    case 'unknown-account': // the issuer is about to register anew
      return postpone(effects, action, { error, world }, signal)
    case 'not-ready':
      return finalizedInVain(effects, world)
    case 'unknown-order':
    case 'already-replaced':
    case 'refused': {
      const reason = `${doing[action.do]}: ${describe(error)}`
      // The answer to an earlier attempt may have been lost: then the CA refuses to finalize again what it is issuing already.
      return action.do === 'finalize'
        ? finalizedInVain(effects, world, reason)
        : fail(effects, { state: 'errored', reason, isSolverProblem: false }, world, signal)
    }
  }
}

/**
 * CAs refuse whatever a deactivated account asks by `unauthorized` (RFC 8555 §7.3.6), which may mean much else. A new order has nothing to
 * lose by waiting until the account is looked at.
 */
function mayBeAccountsFault(action: CaAction, { error, world }: Failure): boolean {
  return action.do === 'create-order' && error.code === 'acme/unauthorized' && (world.memory.failed?.times ?? 0) < LOOKS_AT_ACCOUNT
}

const LOOKS_AT_ACCOUNT = 2

const doing: Readonly<Record<CaAction['do'], string>> = {
  'create-order': 'Failed to create the order at the CA',
  'read-authorizations': 'Failed to read the authorizations of the order',
  'create-challenge': 'Failed to create a Challenge',
  'read-order': 'Failed to read the order at the CA',
  finalize: 'Failed to finalize the order',
  'store-certificate': 'Failed to download the certificate',
}

/** The order stays as it is. Throws, so that the failed attempt is counted and the queue comes back in time. */
async function postpone(effects: OrderEffects, action: CaAction, { error, world }: Failure, signal: AbortSignal): Promise<never> {
  const { failed } = world.memory
  const attempts = failed?.action === action.do ? failed.times : 0
  const until = retryAt(effects.clock.now(), { attempts, retryAfter: error.retryAfter }, effects.random)
  const reason = waitReason(describe(error), error.retryAfter === undefined ? undefined : until)
  // A failed attempt leaves in doubt where the order stands; only an order whose URL is not stored yet must stay remembered.
  const seen = world.order.status?.url === undefined ? world.memory.seen : undefined
  const { seen: _seen, ...kept } = world.memory
  effects.remember(world, {
    ...kept,
    ...(seen === undefined ? {} : { seen }),
    wait: { until, attempts: attempts + 1, why: reason },
    failed: { action: action.do, times: attempts + 1 },
  })
  await write(effects, world, { reason }, signal)
  throw new OperatorError(error.code, error.message, { retry: { kind: 'at', at: until }, cause: error })
}

/** Finalizing left the order as it was: read it again after a while that grows. */
export function finalizedInVain(effects: OrderEffects, world: World, refusal?: string): void {
  const times = world.memory.finalizedInVain ?? 0
  const until = plus(effects.clock.now(), refusal === undefined ? outageDelay(times, effects.random) : 0)
  const wait = { until, attempts: 0, why: 'the CA was not ready to finalize the order' }
  effects.remember(world, { finalizedInVain: times + 1, wait, ...(refusal === undefined ? {} : { refusal }) })
}
