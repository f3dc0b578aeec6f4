import { certificateReason } from '../../crds/reasons.ts'
import { isSameIssuer } from '../../issuers/is-same-issuer.ts'
import { parseRfc3339, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { Action, KeySecret } from './action.ts'
import { expiry, issuingCondition, nextRevision } from './attempt.ts'
import { requestName } from './names.ts'
import { settle, statusWrite } from './settle.ts'
import { statusAfter, type Step } from './status.ts'
import { wantsTemporary } from './temporary.ts'
import type { IssuedLeaf, OwnedRequest, World } from './world.ts'

/** Brings exactly one request for the next revision about, and follows it to its end. */
export function requestStep(world: World, key: KeySecret, now: Instant): Plan<Action> {
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
      if (wantsTemporary(world))
        return { actions: [{ do: 'store-temporary-certificate', key }], because: 'a temporary certificate was asked for' }
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
    actions: statusWrite(world, statusAfter(withRevision(world, step.revision), step, now), step),
    because: 'the key pair is stored',
  }
}

/** Ready is judged against the request of the new revision, in the same write that makes it the current one; so is the renewal. */
function withRevision(world: World, revision: number): World {
  const suggestion = world.heard === undefined ? undefined : world.suggestion
  return { ...world, suggestion, certificate: { ...world.certificate, status: { ...world.certificate.status, revision } } }
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
  return stored === undefined || !isSameIssuer(stored.issuer, wanted.issuer)
}

function fail(world: World, why: { readonly reason: string; readonly message: string }, now: Instant): Plan<Action> {
  const step: Step = { kind: 'fail', ...why }
  return { actions: [{ do: 'set-status', status: statusAfter(world, step, now), step }], because: why.message }
}

/** The deletion of one request. */
export function deletionOf(request: OwnedRequest): Action {
  return { do: 'delete-request', name: request.name, uid: request.uid }
}
