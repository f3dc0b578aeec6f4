import { requestEvent, requestReason } from '../../crds/reasons.ts'
import { certificateRequests } from '../../crds/resources.ts'
import type { IssuerType } from '../../issuers/issuer-type.ts'
import type { Signer, SignOutcome } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import type { Instant } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { readCertificates } from '../../pki/certificate.ts'
import { approvedRequest } from './approved-request.ts'
import { approvalAnnouncement, isPending, type Action, type Announcement } from './decide.ts'
import { statusWith, type StatusChange } from './status.ts'
import type { World } from './world.ts'

const FIELD_MANAGER = 'certwright'

/** What the CertificateRequest controller writes with. */
export interface CertificateRequestEffects {
  readonly cluster: Cluster
  readonly events: EventRecorder
  readonly clock: Clock
  readonly signers: Readonly<Partial<Record<IssuerType, Signer>>>
  /** Asks for another look at that time, for a signer that waits. */
  readonly lookAgain: (world: World, at: Instant) => void
}

/** One effect, safe to repeat: a status write names the resourceVersion that it was decided on. */
export async function act(effects: CertificateRequestEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'announce':
      return effects.events.record(world.request, action.announcement)
    case 'set-status':
      return write(effects, world, action, signal)
    case 'sign':
      return sign(effects, world, action.approve, signal)
  }
}

async function sign(effects: CertificateRequestEffects, world: World, approve: boolean, signal: AbortSignal): Promise<void> {
  if (world.issuer.kind !== 'ready') return
  const signer = effects.signers[world.issuer.type]
  if (signer === undefined) throw new OperatorError('certificateRequest/noSigner', `no signer for ${world.issuer.type} issuers`)
  const outcome = checked(await signer.sign(approvedRequest(world.request), world.issuer.issuer, signal))
  const status = statusWith(world.request.status, { approve, ...changeFor(outcome) }, effects.clock.now())
  const announce = [...(approve ? [approvalAnnouncement] : []), ...announcementsFor(outcome, world)]
  if (!deepEqual(status, world.request.status ?? {})) await write(effects, world, { status, announce }, signal)
  if (outcome.kind === 'pending' && outcome.wakeAt !== undefined) effects.lookAgain(world, outcome.wakeAt)
}

/** A signer that returns something else than a certificate has failed, whatever it says. */
function checked(outcome: SignOutcome): SignOutcome {
  if (outcome.kind !== 'issued') return outcome
  const reading = readCertificates(outcome.certificate)
  return reading.kind === 'ok'
    ? outcome
    : { kind: 'failed', reason: requestEvent.decodeError, message: `the issuer returned no certificate: ${reading.why}` }
}

const ISSUED_MESSAGE = 'Certificate fetched from issuer successfully'

function changeFor(outcome: SignOutcome): StatusChange {
  switch (outcome.kind) {
    case 'issued':
      return {
        certificate: outcome.certificate,
        ca: outcome.ca,
        ready: { status: 'True', reason: requestReason.issued, message: ISSUED_MESSAGE },
      }
    case 'pending':
      return { ready: { status: 'False', reason: requestReason.pending, message: outcome.message } }
    case 'failed':
      return { failed: true, ready: { status: 'False', reason: requestReason.failed, message: outcome.message } }
  }
}

function announcementsFor(outcome: SignOutcome, world: World): readonly Announcement[] {
  switch (outcome.kind) {
    case 'issued':
      return [{ type: 'Normal', reason: requestEvent.certificateIssued, message: ISSUED_MESSAGE }]
    case 'pending':
      return isPending(world) ? [] : [{ type: 'Normal', reason: outcome.reason, message: outcome.message }]
    case 'failed':
      return [{ type: 'Warning', reason: outcome.reason, message: outcome.message }]
  }
}

async function write(
  { cluster, events }: CertificateRequestEffects,
  { request }: World,
  change: { readonly status: NonNullable<World['request']['status']>; readonly announce: readonly Announcement[] },
  signal: AbortSignal,
): Promise<void> {
  await cluster.patchStatus(certificateRequests, request, change.status, { fieldManager: FIELD_MANAGER }, signal)
  for (const announcement of change.announce) events.record(request, announcement)
}
