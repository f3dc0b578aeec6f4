import { instant, plus, SECOND, type Instant } from '../../lib/instant.ts'
import type { RenewalPolicy } from './wanted.ts'

/**
 * When a certificate is due for renewal; undefined when the policy says never. Whole seconds, as it is stored in the status.
 * The lifetime is the real one: a CA may grant less than was asked for. A `renewBefore` that is no less than that lifetime
 * would mean renewing without end, so the default of a third of the lifetime before expiry takes its place.
 */
export function renewalTime(validity: Validity, policy: RenewalPolicy): Instant | undefined {
  if (policy.kind === 'disabled') return undefined
  const lifetime = validity.notAfter - validity.notBefore
  return notAtOnce(wholeSeconds(plus(validity.notAfter, -renewBefore(lifetime, policy))), validity)
}

export interface Validity {
  readonly notBefore: Instant
  readonly notAfter: Instant
  /** When the issuer gave it; undefined: not known any more. */
  readonly issuedAt?: Instant | undefined
}

const SHORTEST_USE = 5 * SECOND

/**
 * A certificate that is due for renewal as soon as it is there would be renewed over and over: one from a CA that is about to
 * expire, or one so backdated that `renewBefore` reaches behind the moment it was issued. It is used for two thirds of what it has left.
 */
function notAtOnce(at: Instant, { notAfter, issuedAt }: Validity): Instant {
  if (issuedAt === undefined) return at
  const soonest = plus(issuedAt, SHORTEST_USE)
  return at >= soonest ? at : wholeSeconds(instant(Math.max(soonest, notAfter - (notAfter - issuedAt) / 3)))
}

function renewBefore(lifetime: number, policy: RenewalPolicy): number {
  if (policy.kind === 'before' && policy.milliseconds > 0 && policy.milliseconds < lifetime) return policy.milliseconds
  if (policy.kind === 'percentage' && policy.percentage > 0 && policy.percentage < 100) return (lifetime * policy.percentage) / 100
  return lifetime / 3
}

function wholeSeconds(at: Instant): Instant {
  return instant(Math.floor(at / SECOND) * SECOND)
}
