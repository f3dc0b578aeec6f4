import { requestEvent } from '../../crds/reasons.ts'
import { certificateRequests } from '../../crds/resources.ts'
import type { IssuerReading as OwnIssuerReading } from '../../issuers/issuer-reading.ts'
import type { IssuerType } from '../../issuers/issuer-type.ts'
import { isSameMember, recordOf } from '../../issuers/pool/member-record.ts'
import { referenceTo, type PoolReading } from '../../issuers/pool/pool-reading.ts'
import type { ApprovedRequest, Signer, SignOutcome } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { plus, SECOND, type Instant } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { approvedRequest } from './approved-request.ts'
import { approvalAnnouncement, isPending, type Action, type Announcement } from './decide.ts'
import { announcementsFor, changeFor, checked } from './outcome.ts'
import { afterAnswer, recordsOf, type PoolChange } from './pool-plan.ts'
import { statusWith } from './status.ts'
import type { World } from './world.ts'

const FIELD_MANAGER = 'certwright'

type SignAction = Extract<Action, { do: 'sign' }>
type ReadyIssuer = Extract<OwnIssuerReading, { kind: 'ready' }>

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
      return sign(effects, action, world, signal)
    case 'abandon':
      return abandon(effects, world, signal)
  }
}

async function sign(effects: CertificateRequestEffects, action: SignAction, world: World, signal: AbortSignal): Promise<void> {
  const { issuer } = world
  if (issuer.kind === 'pool') return signByPool(effects, action, { world, pool: issuer.pool }, signal)
  if (issuer.kind !== 'ready') return
  const outcome = await answerOf(effects, approvedRequest(world.request), issuer, signal)
  const change = { approve: action.approve, ...changeFor(outcome) }
  const isNews = outcome.kind !== 'pending' || outcome.isBeginning === true || !isPending(world)
  const announce = [...(action.approve ? [approvalAnnouncement] : []), ...(isNews ? announcementsFor(outcome) : [])]
  const wakeAt = outcome.kind === 'pending' ? outcome.wakeAt : undefined
  await writeChange(effects, world, { change, announce, ...(wakeAt === undefined ? {} : { wakeAt }) }, signal)
}

/** Asks the issuer that the plan named; an issuer that cannot be asked counts as out of reach. */
async function signByPool(
  effects: CertificateRequestEffects,
  { member: named }: SignAction,
  { world, pool }: { readonly world: World; readonly pool: PoolReading },
  signal: AbortSignal,
): Promise<void> {
  const member = pool.members.find((candidate) => named !== undefined && isSameMember(candidate, named))
  if (member?.reading.kind !== 'ready') return
  const record = recordOf(recordsOf(world.request), member)
  if (record === undefined) return
  const request = { ...approvedRequest(world.request), issuerRef: referenceTo(member) }
  const outcome = await answerOf(effects, request, member.reading, signal).catch((error: unknown) => outageFrom(error, effects.clock.now()))
  await writeChange(effects, world, afterAnswer(world, pool, { record, outcome }, effects.clock.now()), signal)
}

const ASK_AGAIN = 30 * SECOND

function outageFrom(error: unknown, now: Instant): SignOutcome {
  if (!(error instanceof OperatorError) || error.code.startsWith('kube/')) throw error
  const { message, retry } = error
  const wakeAt = retry.kind === 'at' ? retry.at : plus(now, ASK_AGAIN)
  return { kind: 'pending', reason: requestEvent.issuerNotReady, message, wakeAt, hindrance: { cause: 'Outage', why: message } }
}

async function answerOf(
  { signers }: CertificateRequestEffects,
  request: ApprovedRequest,
  { issuer, type }: ReadyIssuer,
  signal: AbortSignal,
): Promise<SignOutcome> {
  const signer = signers[type]
  if (signer === undefined) throw new OperatorError('certificateRequest/noSigner', `no signer for ${type} issuers`)
  return checked(await signer.sign(request, issuer, signal))
}

async function abandon({ signers }: CertificateRequestEffects, { request }: World, signal: AbortSignal): Promise<void> {
  for (const signer of Object.values(signers)) await signer.abandon?.(request, signal)
}

async function writeChange(
  effects: CertificateRequestEffects,
  world: World,
  { change, announce, wakeAt }: PoolChange,
  signal: AbortSignal,
): Promise<void> {
  const status = statusWith(world.request.status, change, effects.clock.now())
  await write(effects, world, { status, announce }, signal)
  if (wakeAt !== undefined) effects.lookAgain(world, wakeAt)
}

async function write(
  { cluster, events }: CertificateRequestEffects,
  { request }: World,
  change: { readonly status: NonNullable<World['request']['status']>; readonly announce: readonly Announcement[] },
  signal: AbortSignal,
): Promise<void> {
  if (!deepEqual(change.status, request.status ?? {})) {
    await cluster.patchStatus(certificateRequests, request, change.status, { fieldManager: FIELD_MANAGER }, signal)
  }
  for (const announcement of change.announce) events.record(request, announcement)
}
