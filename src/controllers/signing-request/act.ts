import { requestEvent, signingRequestCondition, signingRequestEvent } from '../../crds/reasons.ts'
import type { IssuerType } from '../../issuers/issuer-type.ts'
import type { Signer, SignOutcome } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { certificateSigningRequests, type CertificateSigningRequestStatus } from '../../kube/kinds.ts'
import { assertNever } from '../../lib/assert-never.ts'
import type { Clock } from '../../lib/clock.ts'
import { toRfc3339, type Instant } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { readCertificates } from '../../pki/certificate.ts'
import { approvedRequest } from './approved-request.ts'
import { isTold, type Action } from './decide.ts'
import type { Announcement, World } from './world.ts'

const FIELD_MANAGER = 'certwright'

type Issued = Extract<SignOutcome, { kind: 'issued' }>

/** What the signing request controller writes with. */
export interface SigningRequestEffects {
  readonly cluster: Pick<Cluster, 'patchStatus'>
  readonly events: EventRecorder
  readonly clock: Clock
  readonly clusterResourceNamespace: string
  readonly signers: Readonly<Partial<Record<IssuerType, Signer>>>
  /** Keeps in mind what was told about a request. */
  readonly remember: (world: World, announcement: Announcement) => void
  /** Asks for another look at that time, for a signer that waits. */
  readonly lookAgain: (world: World, at: Instant) => void
}

/** One effect, safe to repeat: a status write names the resourceVersion that it was decided on. */
export async function act(effects: SigningRequestEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'announce':
      return announce(effects, world, action.announcement)
    case 'fail':
      return fail(effects, world, action, signal)
    case 'sign':
      return sign(effects, world, action.duration, signal)
    default:
      return assertNever(action)
  }
}

function announce(effects: SigningRequestEffects, world: World, announcement: Announcement): void {
  effects.events.record(world.request, announcement)
  effects.remember(world, announcement)
}

async function fail(
  effects: SigningRequestEffects,
  world: World,
  { reason, message }: { readonly reason: string; readonly message: string },
  signal: AbortSignal,
): Promise<void> {
  const now = toRfc3339(effects.clock.now())
  const condition = { type: signingRequestCondition.failed, status: 'True', reason, message, lastUpdateTime: now, lastTransitionTime: now }
  const { status } = world.request
  await write(effects, world, { ...status, conditions: [...(status?.conditions ?? []), condition] }, signal)
  effects.events.record(world.request, { type: 'Warning', reason, message })
}

async function sign(effects: SigningRequestEffects, world: World, duration: number, signal: AbortSignal): Promise<void> {
  if (world.issuer.kind !== 'ready') return
  const { type, issuer } = world.issuer
  const signer = effects.signers[type]
  if (signer === undefined) throw new OperatorError('signingRequest/noSigner', `no signer for ${type} issuers`)
  const outcome = checked(await signer.sign(approvedRequest(world, issuer, { ...effects, duration }), issuer, signal))
  switch (outcome.kind) {
    case 'issued':
      return issued(effects, world, outcome, signal)
    case 'failed':
      return fail(effects, world, { ...outcome, reason: reasonFor(outcome.reason) }, signal)
    case 'pending':
      return pending(effects, world, outcome)
  }
}

/** A signer that returns something else than a certificate has failed, whatever it says; the API server would not take it either. */
function checked(outcome: SignOutcome): SignOutcome {
  if (outcome.kind !== 'issued') return outcome
  const reading = readCertificates(outcome.certificate)
  return reading.kind === 'ok'
    ? outcome
    : { kind: 'failed', reason: signingRequestEvent.signingError, message: `the issuer returned no certificate: ${reading.why}` }
}

/** The chain without its root, as in a CertificateRequest; the kind has no place for the root. */
async function issued(effects: SigningRequestEffects, world: World, outcome: Issued, signal: AbortSignal): Promise<void> {
  const { certificate, outlives } = outcome
  await write(effects, world, { ...world.request.status, certificate: Buffer.from(certificate).toString('base64') }, signal)
  const message = 'Certificate fetched from issuer successfully'
  effects.events.record(world.request, { type: 'Normal', reason: signingRequestEvent.certificateIssued, message })
  if (outlives !== undefined) warnOfOutliving(effects, world, outlives)
}

function warnOfOutliving({ events }: SigningRequestEffects, { request, signer }: World, end: Instant): void {
  const { kind, name } = signer.reference
  events.record(request, {
    type: 'Warning',
    reason: signingRequestEvent.certificateOutlivesCa,
    message: `The certificate is of no use after ${toRfc3339(end)}, when the CA of ${kind} ${JSON.stringify(name)} expires: ask for less time, or renew the CA`,
  })
}

function pending(effects: SigningRequestEffects, world: World, outcome: Extract<SignOutcome, { kind: 'pending' }>): void {
  const reason = reasonFor(outcome.reason)
  const announcement: Announcement = { type: isOnItsWay(reason) ? 'Normal' : 'Warning', reason, message: outcome.message }
  if (!isTold(world, announcement)) announce(effects, world, announcement)
  if (outcome.wakeAt !== undefined) effects.lookAgain(world, outcome.wakeAt)
}

/** Signers speak of CertificateRequests, whose Events have another word for one thing. */
function reasonFor(reason: string): string {
  return reason === requestEvent.missingSecret ? signingRequestEvent.secretNotFound : reason
}

function isOnItsWay(reason: string): boolean {
  return reason === signingRequestEvent.orderCreated || reason === signingRequestEvent.orderPending
}

async function write(
  { cluster }: SigningRequestEffects,
  { request }: World,
  status: CertificateSigningRequestStatus,
  signal: AbortSignal,
): Promise<void> {
  await cluster.patchStatus(certificateSigningRequests, request, status, { fieldManager: FIELD_MANAGER }, signal)
}
