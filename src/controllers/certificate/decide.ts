import type { CertificateStatus } from '../../crds/certificate.ts'
import { certificateEvent, certificateReason, conditionType } from '../../crds/reasons.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { earliest, MINUTE, parseRfc3339, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import { backoffUntil } from './backoff.ts'
import { nextKeySecretName, requestName } from './names.ts'
import { storedRenewalTime, whyReissue } from './policies.ts'
import { metadataDrift } from './secret-drift.ts'
import { statusAfter, type Step } from './status.ts'
import type { IssuedLeaf, NextKey, OwnedRequest, World } from './world.ts'

export type Action =
  | { readonly do: 'set-status'; readonly status: CertificateStatus; readonly step: Step }
  | { readonly do: 'create-next-key'; readonly secretName: string; readonly from: 'new' | 'stored' }
  | { readonly do: 'delete-next-key'; readonly secretName: string; readonly uid: string }
  | { readonly do: 'create-request'; readonly name: string; readonly revision: number; readonly key: KeySecret }
  | { readonly do: 'delete-request'; readonly name: string; readonly uid: string }
  | { readonly do: 'store-key-pair'; readonly requestName: string; readonly key: KeySecret }
  | { readonly do: 'repair-secret'; readonly drift: string }
  | { readonly do: 'warn'; readonly reason: string; readonly message: string }

/** The Secret with the private key of the issuance. */
export interface KeySecret {
  readonly name: string
  readonly uid: string
  /** The key that the decision was made for: somebody may put another one into the Secret. */
  readonly publicKeyFingerprint: string
}

const LOOK_AGAIN_FOR_OWNER = 3 * MINUTE

/** What is to be done for one Certificate now. Reads from top to bottom as the life of an issuance. */
export function decide(world: World, now: Instant): Plan<Action> {
  if (world.certificate.metadata.deletionTimestamp !== undefined) return { actions: [], because: 'the Certificate is being deleted' }
  if (world.secretOwner !== world.certificate.metadata.name) {
    return settle(world, { kind: 'none' }, now, {
      because: `the Secret belongs to Certificate ${world.secretOwner}`,
      wakeAt: plus(now, LOOK_AGAIN_FOR_OWNER),
    })
  }
  return isIssuing(world) ? continueIssuance(world, now) : restOrStart(world, now)
}

function restOrStart(world: World, now: Instant): Plan<Action> {
  const violation = whyReissue(world, now)
  if (violation === undefined) return rest(world, now)
  const until = backoffUntil(world)
  if (until !== undefined && now < until) {
    const because = `backing off after a failed issuance until ${toRfc3339(until)}`
    return tidy(world, now, { because, wakeAt: earliest(until, expiry(world, now)) })
  }
  if (world.wanted.csrProblem !== undefined) return hold(world, world.wanted.csrProblem, now)
  const step: Step = { kind: 'start', ...violation, nextKeySecretName: nextKeyName(world) }
  return {
    actions: [{ do: 'set-status', status: statusAfter(world, step, now), step }],
    because: `${violation.reason}: ${violation.message}`,
  }
}

/** Nothing to issue: status, leftovers of an issuance and the Secret's metadata are brought in order. */
function rest(world: World, now: Instant): Plan<Action> {
  const drift = metadataDrift(world)
  if (drift !== undefined) return { actions: [{ do: 'repair-secret', drift }], because: `repairing the Secret: ${drift}` }
  return tidy(world, now, { because: 'up to date', wakeAt: earliest(storedRenewalTime(world), expiry(world, now)) })
}

function tidy(world: World, now: Instant, plan: { readonly because: string; readonly wakeAt: Instant | undefined }): Plan<Action> {
  const step: Step = { kind: 'rest' }
  const deletions: readonly Action[] = [
    ...world.nextKeys.map((key): Action => ({ do: 'delete-next-key', secretName: key.name, uid: key.uid })),
    ...superseded(world).map(deletionOf),
  ]
  // The status names the next key, so it is cleared first: a name without its Secret would be waited for.
  const status = statusAfter(world, step, now)
  return {
    actions: [...statusChange(world, status, step), ...deletions],
    because: plan.because,
    ...(plan.wakeAt === undefined ? {} : { wakeAt: plan.wakeAt }),
  }
}

/** Requests beyond the history limit, once the Certificate stands on a newer one. */
function superseded(world: World): readonly OwnedRequest[] {
  const byAge = world.requests.filter((request) => request.revision !== undefined).toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0))
  return world.stored?.pair.kind === 'ok' ? byAge.slice(world.wanted.revisionHistoryLimit) : []
}

function continueIssuance(world: World, now: Instant): Plan<Action> {
  if (world.wanted.csrProblem !== undefined) return hold(world, world.wanted.csrProblem, now)
  const key = usableKey(world)
  return key === undefined ? keyStep(world, now) : requestStep(world, key, now)
}

/** The spec makes no CSR: only an edit can help, so nothing is counted as a failure and no time is waited for. */
function hold(world: World, problem: string, now: Instant): Plan<Action> {
  const step: Step = {
    kind: 'hold',
    reason: certificateEvent.requestFailed,
    message: `no CSR can be made from this Certificate: ${problem}`,
  }
  const because = step.message
  return settle(world, step, now, { because, first: [{ do: 'warn', reason: step.reason, message: because }], wakeAt: expiry(world, now) })
}

/** The one next key that the status names, if it can be used. */
function usableKey({ certificate, nextKeys }: World): KeySecret | undefined {
  const [next, ...others] = nextKeys
  if (next === undefined || others.length > 0 || next.name !== certificate.status?.nextPrivateKeySecretName) return undefined
  const { name, uid, key } = next
  return key.kind === 'ok' && key.fitsSpec ? { name, uid, publicKeyFingerprint: key.publicKeyFingerprint } : undefined
}

/** One step towards exactly one usable next key. */
function keyStep(world: World, now: Instant): Plan<Action> {
  const named = world.certificate.status?.nextPrivateKeySecretName
  if (named === undefined) return nameNextKey(world, now)
  const key = world.nextKeys.find((candidate) => candidate.name === named)
  const others = world.nextKeys.filter((candidate) => candidate.name !== named)
  if (others.length > 0) return { actions: others.map(keyDeletion), because: 'more than one next private key' }
  if (key === undefined) return world.isNextKeyNameTaken ? renameNextKey(world, named, now) : createNextKey(world, named, now)
  const why =
    key.key.kind === 'unreadable'
      ? `the next private key does not parse: ${key.key.why}`
      : 'the spec of the private key changed during the issuance'
  return { actions: [keyDeletion(key)], because: why }
}

/** Whoever set Issuing from outside named no key: one that is already there is adopted. */
function nameNextKey(world: World, now: Instant): Plan<Action> {
  const step: Step = { kind: 'use-next-key', nextKeySecretName: world.nextKeys[0]?.name ?? nextKeyName(world) }
  return { actions: [{ do: 'set-status', status: statusAfter(world, step, now), step }], because: 'an issuance was asked for' }
}

/** Somebody else's Secret is neither read nor written, whatever it is called. */
function renameNextKey(world: World, taken: string, now: Instant): Plan<Action> {
  const step: Step = { kind: 'use-next-key', nextKeySecretName: nextKeyName(world, taken) }
  return {
    actions: [{ do: 'set-status', status: statusAfter(world, step, now), step }],
    because: `Secret ${JSON.stringify(taken)} belongs to somebody else`,
  }
}

function createNextKey(world: World, secretName: string, now: Instant): Plan<Action> {
  if (!world.wanted.reusesKey || world.stored === undefined || world.stored.key.kind === 'none') {
    return { actions: [{ do: 'create-next-key', secretName, from: 'new' }], because: 'the issuance needs a private key' }
  }
  const { key } = world.stored
  if (key.kind === 'unreadable') {
    const warning: Action = {
      do: 'warn',
      reason: certificateEvent.decodeFailed,
      message: `The private key in Secret ${JSON.stringify(world.certificate.spec.secretName)} does not parse: a new one is generated`,
    }
    return { actions: [warning, { do: 'create-next-key', secretName, from: 'new' }], because: 'the key to reuse does not parse' }
  }
  if (fits(world, key))
    return { actions: [{ do: 'create-next-key', secretName, from: 'stored' }], because: 'the rotation policy keeps the private key' }
  const message =
    `The private key in Secret ${JSON.stringify(world.certificate.spec.secretName)} does not fit spec.privateKey, and rotationPolicy Never forbids a new one: ` +
    'set spec.privateKey.rotationPolicy to Always, or give the algorithm and size that the stored key has'
  return settle(world, { kind: 'none' }, now, {
    because: message,
    first: [{ do: 'warn', reason: certificateEvent.cannotRegenerateKey, message }],
  })
}

function fits(world: World, key: { readonly algorithm: string; readonly size: number }): boolean {
  return key.algorithm === world.wanted.key.algorithm && (world.wanted.key.size === 0 || key.size === world.wanted.key.size)
}

/** Brings exactly one request for the next revision about, and follows it to its end. */
function requestStep(world: World, key: KeySecret, now: Instant): Plan<Action> {
  const revision = nextRevision(world)
  const name = requestName(world.certificate.metadata.name, revision)
  const candidates = world.requests.filter((request) => request.revision === revision || request.revision === undefined)
  const useless = candidates.filter((request) => whyUseless(world, key, request) !== undefined)
  const [request, ...surplus] = candidates
    .filter((candidate) => !useless.includes(candidate))
    .toSorted((a, b) => Number(b.name === name) - Number(a.name === name))
  const unwanted = [...useless, ...surplus]
  if (unwanted.length > 0)
    return {
      actions: unwanted.map(deletionOf),
      because: unwanted.map((one) => `${one.name}: ${whyUseless(world, key, one) ?? 'a second request for one revision'}`).join('; '),
    }
  if (request === undefined) {
    return { actions: [{ do: 'create-request', name, revision, key }], because: 'the private key is there' }
  }
  return followRequest(world, { request, key }, now)
}

function whyUseless(world: World, key: KeySecret, request: OwnedRequest): string | undefined {
  if (request.revision === undefined) return 'no revision annotation'
  if (request.violations === undefined) return 'its CSR does not parse'
  if (request.violations.length > 0) return `the spec changed: ${request.violations.join(', ')}`
  if (request.publicKeyFingerprint !== key.publicKeyFingerprint) return 'it was made with another private key'
  return isOfEarlierAttempt(world, request) ? 'it failed in an earlier attempt' : undefined
}

/** The failure of a request counts for this attempt only if it is not older than the moment the attempt began. */
function isOfEarlierAttempt(world: World, request: OwnedRequest): boolean {
  const startedAt = parseRfc3339(issuingCondition(world)?.lastTransitionTime)
  const { state } = request
  return state.kind === 'failed' && state.failedAt !== undefined && startedAt !== undefined && state.failedAt < startedAt
}

/** One attempt at a revision. */
interface Attempt {
  readonly request: OwnedRequest
  readonly key: KeySecret
}

function followRequest(world: World, { request, key }: Attempt, now: Instant): Plan<Action> {
  const { state } = request
  switch (state.kind) {
    case 'pending':
      return settle(world, { kind: 'none' }, now, { because: `waiting for CertificateRequest ${request.name}`, wakeAt: expiry(world, now) })
    case 'failed':
      return fail(
        world,
        {
          reason: state.reason,
          message: `CertificateRequest ${JSON.stringify(request.name)} failed and will be tried again later: ${state.message}`,
        },
        now,
      )
    case 'issued':
      return storeOrFinish(world, { request, key, leaf: state.leaf }, now)
  }
}

function storeOrFinish(world: World, { request, key, leaf }: Attempt & { readonly leaf: IssuedLeaf }, now: Instant): Plan<Action> {
  const refusal = whyNotStored(leaf, request, now)
  if (refusal !== undefined) return fail(world, { reason: certificateReason.invalidCertificate, message: refusal }, now)
  if (!isStored(world, leaf)) {
    return { actions: [{ do: 'store-key-pair', requestName: request.name, key }], because: 'the certificate was issued' }
  }
  const step: Step = { kind: 'succeed', revision: nextRevision(world) }
  return {
    actions: [{ do: 'set-status', status: statusAfter(withRevision(world, step.revision), step, now), step }],
    because: 'the key pair is stored',
  }
}

/** Ready is judged against the request of the new revision, in the same write that makes it the current one. */
function withRevision(world: World, revision: number): World {
  return { ...world, certificate: { ...world.certificate, status: { ...world.certificate.status, revision } } }
}

function whyNotStored(leaf: IssuedLeaf, request: OwnedRequest, now: Instant): string | undefined {
  if (leaf.kind === 'unreadable') return `the issuer returned a certificate that does not parse: ${leaf.why}`
  if (leaf.publicKeyFingerprint !== request.publicKeyFingerprint)
    return 'the issuer returned a certificate for another key than the one in the CSR'
  if (now > leaf.notAfter)
    return `the issuer returned a certificate that had already expired at ${toRfc3339(leaf.notAfter)}; its own CA may have expired`
  return undefined
}

function isStored(world: World, leaf: IssuedLeaf): boolean {
  const { stored } = world
  const pair = stored?.pair
  return (
    leaf.kind === 'ok' &&
    pair?.kind === 'ok' &&
    pair.chainFingerprint === leaf.chainFingerprint &&
    stored?.certificateName === world.certificate.metadata.name &&
    !hasOtherIssuer(world)
  )
}

function hasOtherIssuer({ stored, wanted }: World): boolean {
  return (
    stored?.issuer.name !== wanted.issuer.name ||
    (stored.issuer.kind || 'Issuer') !== wanted.issuer.kind ||
    (stored.issuer.group || 'cert-manager.io') !== wanted.issuer.group
  )
}

function fail(world: World, why: { readonly reason: string; readonly message: string }, now: Instant): Plan<Action> {
  const step: Step = { kind: 'fail', ...why }
  return { actions: [{ do: 'set-status', status: statusAfter(world, step, now), step }], because: why.message }
}

function settle(
  world: World,
  step: Step,
  now: Instant,
  plan: { readonly because: string; readonly wakeAt?: Instant | undefined; readonly first?: readonly Action[] },
): Plan<Action> {
  return {
    actions: [...(plan.first ?? []), ...statusChange(world, statusAfter(world, step, now), step)],
    because: plan.because,
    ...(plan.wakeAt === undefined ? {} : { wakeAt: plan.wakeAt }),
  }
}

function statusChange(world: World, status: CertificateStatus, step: Step): readonly Action[] {
  return deepEqual(world.certificate.status ?? {}, status) ? [] : [{ do: 'set-status', status, step }]
}

function isIssuing(world: World): boolean {
  return issuingCondition(world)?.status === 'True'
}

function issuingCondition(world: World) {
  return world.certificate.status?.conditions?.find((condition) => condition.type === conditionType.issuing)
}

function nextRevision(world: World): number {
  return (world.certificate.status?.revision ?? 0) + 1
}

function nextKeyName(world: World, taken?: string): string {
  const { metadata, status } = world.certificate
  return nextKeySecretName({
    certificateName: metadata.name,
    certificateUid: metadata.uid ?? '',
    revision: nextRevision(world),
    failures: status?.failedIssuanceAttempts ?? 0,
    taken,
  })
}

/** The moment at which Ready has to turn False, while it is still ahead. */
function expiry({ stored }: World, now: Instant): Instant | undefined {
  const notAfter = stored?.pair.kind === 'ok' ? stored.pair.leaf.notAfter : undefined
  return notAfter !== undefined && now <= notAfter ? plus(notAfter, 1) : undefined
}

function deletionOf(request: OwnedRequest): Action {
  return { do: 'delete-request', name: request.name, uid: request.uid }
}

function keyDeletion(key: NextKey): Action {
  return { do: 'delete-next-key', secretName: key.name, uid: key.uid }
}
