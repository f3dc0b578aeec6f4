import type { CertificateRevocationStatus } from '../../crds/certificate-revocation.ts'
import { conditionType, revocationReason } from '../../crds/reasons.ts'
import { whyNotReady } from '../../issuers/issuer-reading.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { HOUR, MINUTE, parseRfc3339, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import { statusWith, type News } from './status.ts'
import type { CertificateView, TargetLeaf, World } from './world.ts'

export type Action =
  | { readonly do: 'set-status'; readonly status: CertificateRevocationStatus; readonly news: News }
  /** Asks for a new certificate, as `cmctl renew` does. */
  | { readonly do: 'reissue'; readonly newKey: boolean }
  | { readonly do: 'revoke' }

const LOOK_AGAIN = MINUTE
const REISSUE_AGAIN = HOUR

/** The life of a revocation: find the certificate and remember it, replace it first if that was asked for, revoke it. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { revocation, target } = world
  if (revocation.metadata.deletionTimestamp !== undefined) return nothing('the revocation is being deleted')
  if (isOver(world)) return nothing('the revocation has its answer')
  if (target.kind === 'missing') return wait(world, { reason: revocationReason.certificateNotFound, message: target.why }, now)
  if (now > target.notAfter)
    return refuse(world, revocationReason.notRevoked, `the certificate expired at ${toRfc3339(target.notAfter)}`, now)
  if (target.kind === 'found') return capture(world, target, now)
  return (
    issuerProblem(world, now) ??
    reissueStep(world, target, now) ?? { actions: [{ do: 'revoke' }], because: 'everything is ready for the revocation' }
  )
}

/** Written down before anything else happens: a reissue replaces the certificate, and deletes the request that says who issued it. */
function capture(world: World, target: Extract<World['target'], { kind: 'found' }>, now: Instant): Plan<Action> {
  const message = `the certificate with the serial number ${target.serialNumber} is to be revoked`
  return tell(world, { reason: revocationReason.pending, message, captured: target }, now)
}

function issuerProblem(world: World, now: Instant): Plan<Action> | undefined {
  const { issuer } = world
  if (issuer === undefined) return refuse(world, revocationReason.unsupported, 'it is not known who issued the certificate', now)
  if (issuer.kind === 'foreign')
    return refuse(world, revocationReason.unsupported, `${issuer.what} is an external issuer: revoke the certificate there`, now)
  if (issuer.kind !== 'ready') {
    const message = `waiting for ${issuer.what}: ${whyNotReady(issuer) ?? ''}`
    return wait(world, { reason: revocationReason.issuerNotReady, message }, now)
  }
  if (issuer.type === 'acme') return undefined
  return refuse(
    world,
    revocationReason.unsupported,
    `issuers of type ${issuer.type} have no service that revokes: trust another CA instead`,
    now,
  )
}

function reissueStep(world: World, target: TargetLeaf, now: Instant): Plan<Action> | undefined {
  const { revocation, certificate } = world
  if (revocation.spec.reissue !== 'First' || certificate === undefined) return undefined
  const newKey = revocation.spec.reason === 'keyCompromise'
  if (isReplaced(certificate, target, newKey)) return undefined
  const name = `Certificate ${JSON.stringify(certificate.name)}`
  const reissuing = (message: string): News => ({ reason: revocationReason.reissuing, message })
  if (certificate.isIssuing) return wait(world, reissuing(`${name} is issued again before the old certificate is revoked`), now)
  const { failedAt } = certificate
  const createdAt = parseRfc3339(revocation.metadata.creationTimestamp)
  const failedSince = failedAt !== undefined && createdAt !== undefined && failedAt >= createdAt
  if (failedSince && now < plus(failedAt, REISSUE_AGAIN)) {
    const until = plus(failedAt, REISSUE_AGAIN)
    return wait(
      world,
      reissuing(`${name} could not be issued again and will be asked to at ${toRfc3339(until)}: ${certificate.failure}`),
      now,
      until,
    )
  }
  const why = newKey ? ', with another private key' : ''
  const plan = tell(world, reissuing(`${name} is asked for a new certificate first${why}`), now)
  return { ...plan, actions: [...plan.actions, { do: 'reissue', newKey }], wakeAt: plus(now, LOOK_AGAIN) }
}

/** A certificate for the key that somebody else has is no replacement. */
function isReplaced({ isIssuing, isReady, stored }: CertificateView, target: TargetLeaf, newKey: boolean): boolean {
  if (isIssuing || !isReady || stored === undefined || stored.serialNumber === target.serialNumber) return false
  return !newKey || stored.publicKeyFingerprint !== target.publicKeyFingerprint
}

function isOver({ revocation }: World): boolean {
  const revoked = revocation.status?.conditions?.find(({ type }) => type === conditionType.revoked)
  return revoked?.status === 'True' || finalReasons.has(revoked?.reason ?? '')
}

const finalReasons: ReadonlySet<string> = new Set([revocationReason.unsupported, revocationReason.refused, revocationReason.notRevoked])

function refuse(world: World, reason: string, message: string, now: Instant): Plan<Action> {
  return tell(world, { reason, message }, now)
}

function wait(world: World, news: News, now: Instant, wakeAt: Instant = plus(now, LOOK_AGAIN)): Plan<Action> {
  return { ...tell(world, news, now), wakeAt }
}

function tell({ revocation }: World, news: News, now: Instant): Plan<Action> {
  const status = statusWith(revocation.status, news, now)
  return { actions: deepEqual(status, revocation.status ?? {}) ? [] : [{ do: 'set-status', status, news }], because: news.message }
}

function nothing(because: string): Plan<Action> {
  return { actions: [], because }
}
