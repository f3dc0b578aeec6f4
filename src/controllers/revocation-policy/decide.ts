import { revocationReason } from '../../crds/reasons.ts'
import { whyNotReady } from '../../issuers/issuer-reading.ts'
import { earliest, MINUTE, parseRfc3339, plus, SECOND, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { Target, World } from './world.ts'

export type Action =
  | { readonly do: 'add-finalizer' }
  | { readonly do: 'remove-finalizer' }
  /** `until`: a CA that cannot answer is asked until then. */
  | { readonly do: 'revoke'; readonly until: Instant }
  | { readonly do: 'announce'; readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }

/** A namespace that is being deleted waits for this, so it has an end. */
const PATIENCE = 10 * MINUTE
const LOOK_AGAIN = 15 * SECOND

/** A Certificate whose certificate is to be revoked with it stays until that is done, or has been tried for long enough. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { certificate, isWanted, hasFinalizer, target } = world
  const deletedAt = parseRfc3339(certificate.metadata.deletionTimestamp)
  if (deletedAt === undefined) return keepFinalizer(world)
  if (!hasFinalizer) return nothing('nothing is to be revoked')
  if (!isWanted) return { actions: [{ do: 'remove-finalizer' }], because: 'the revocation policy was taken off' }
  const obstacle = whyNever(target, now)
  if (obstacle !== undefined) return giveUp(obstacle)
  const until = plus(deletedAt, PATIENCE)
  if (now >= until) return giveUp(`the CA could not be asked for ${PATIENCE / MINUTE} minutes; revoke ${serialOf(target)} there yourself`)
  if (target?.kind === 'ok' && target.issuer.kind === 'not-ready') {
    return { actions: [], wakeAt: earliest(until, plus(now, LOOK_AGAIN)) ?? until, because: `${target.issuer.what} is not ready` }
  }
  return { actions: [{ do: 'revoke', until }, { do: 'remove-finalizer' }], because: 'the Certificate is being deleted', wakeAt: until }
}

function keepFinalizer({ isWanted, hasFinalizer }: World): Plan<Action> {
  if (isWanted === hasFinalizer) return nothing('the finalizer is as it should be')
  return isWanted
    ? { actions: [{ do: 'add-finalizer' }], because: 'the certificate is to be revoked with its Certificate' }
    : { actions: [{ do: 'remove-finalizer' }], because: 'the revocation policy was taken off' }
}

/** Why no patience would help; whoever deletes a namespace deletes the issuers in it too. */
function whyNever(target: Target | undefined, now: Instant): string | undefined {
  if (target === undefined) return 'there is no certificate'
  if (target.kind === 'missing') return target.why
  if (now > target.leaf.notAfter) return `it expired at ${toRfc3339(target.leaf.notAfter)}`
  const { issuer } = target
  if (issuer.kind === 'foreign') return `${issuer.what} is an external issuer`
  if (issuer.kind === 'not-ready') return undefined
  if (issuer.kind !== 'ready') return `${issuer.what}: ${whyNotReady(issuer) ?? ''}; revoke ${serialOf(target)} at its CA yourself`
  return issuer.type === 'acme' ? undefined : `issuers of type ${issuer.type} have no service that revokes`
}

function giveUp(why: string): Plan<Action> {
  const message = `the certificate was not revoked: ${why}`
  return {
    actions: [{ do: 'announce', type: 'Warning', reason: revocationReason.notRevoked, message }, { do: 'remove-finalizer' }],
    because: message,
  }
}

function serialOf(target: Target | undefined): string {
  return target?.kind === 'ok' ? `the certificate with the serial number ${target.leaf.serialNumber}` : 'it'
}

function nothing(because: string): Plan<Action> {
  return { actions: [], because }
}
