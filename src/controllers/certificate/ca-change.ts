import { certificateReason } from '../../crds/reasons.ts'
import { fnv1 } from '../../lib/fnv1.ts'
import { instant, MINUTE, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import { isSameSigner } from '../../pki/signer-identity.ts'
import type { Violation } from './policies.ts'
import { intoWindow } from './renewal-windows.ts'
import { isTemporary } from './temporary.ts'
import type { World } from './world.ts'

/** A stored certificate that its issuer's CA did not sign: when it is reissued, and a sentence that says so. */
export interface CaChange {
  readonly at: Instant
  readonly message: string
}

/**
 * Whether the CA of a Certificate that follows it has changed, and when its turn is. A CA that was renewed with its name and key is none:
 * what it signed still verifies, and never lasted longer than the CA certificate it was signed under.
 */
export function caChange(world: World, now: Instant): CaChange | undefined {
  const { stored, currentCa } = world
  if (currentCa === undefined || now > currentCa.notAfter || stored?.pair.kind !== 'ok' || isTemporary(stored)) return undefined
  const { leaf } = stored.pair
  if (isSameSigner(leaf.issuedBy, currentCa.signer)) return undefined
  const at = turn(world, { spread: currentCa.spread, notAfter: leaf.notAfter }, now)
  return { at, message: `its CA has changed: it is issued anew at ${toRfc3339(at)}` }
}

/** The reason to issue anew now, where it is the turn of this Certificate. */
export function caChangeDue(world: World, now: Instant): Violation | undefined {
  const change = caChange(world, now)
  if (change === undefined || now < change.at) return undefined
  return { reason: certificateReason.caChanged, message: 'the CA of the issuer is no longer the one that signed the certificate' }
}

/**
 * Each Certificate has its turn once in every `spread`, at a moment that follows from its UID alone: so all of a CA are spread evenly, and
 * neither a restart nor a second change of the CA brings them together. With renewal windows, the turn is in one of them.
 */
function turn(
  { certificate, wanted }: World,
  { spread: asked, notAfter }: { readonly spread: number; readonly notAfter: Instant },
  now: Instant,
): Instant {
  const { windows } = wanted
  // At most as long as a window, or the turn might never be within one.
  const spread = windows.kind === 'ok' ? Math.min(asked, ...windows.windows.map(({ duration }) => duration)) : asked
  return intoWindow(nextTurn(certificate.metadata.uid ?? '', spread, now), notAfter, windows).at
}

function nextTurn(uid: string, spread: number, now: Instant): Instant {
  if (spread <= 0) return now
  const offset = fnv1(uid) % spread
  const begun = instant(Math.floor((now - offset) / spread) * spread + offset)
  return now < plus(begun, Math.min(spread, TURN)) ? now : plus(begun, spread)
}

/** A busy queue, or a new leader, may come to a Certificate a little late. */
const TURN = 5 * MINUTE
