import type { Certificate } from '../../crds/certificate.ts'
import { shimEvent } from '../../crds/reasons.ts'
import { controllerReference } from '../../lib/controller-uid.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { earliest, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import { certificateChange } from './certificate-change.ts'
import { certificateTrouble, foreignTrouble } from './certificate-trouble.ts'
import { wantedCertificate, type WantedCertificate } from './wanted-certificate.ts'
import type { Notice, World } from './world.ts'

export type Action =
  | { readonly do: 'create'; readonly wanted: WantedCertificate }
  | { readonly do: 'update'; readonly wanted: WantedCertificate; readonly certificate: Certificate; readonly change: object }
  | { readonly do: 'delete'; readonly certificate: Certificate }
  /** Says `news` in Events, and keeps in mind all that holds. */
  | { readonly do: 'tell'; readonly news: readonly Notice[]; readonly standing: readonly Notice[] }

/** What is to be done for one Ingress, Gateway or ListenerSet now: one Certificate for each Secret that it wants to serve. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { source, issuer, fields, extraAnnotations } = world
  if (isBeingDeleted(world)) return { actions: [], because: 'the object is being deleted' }
  if (issuer.kind === 'bad') return refuse(world, issuer.why)
  if (source.tls.refusal !== undefined) return refuse(world, source.tls.refusal)
  if (fields.kind === 'bad') return refuse(world, fields.why)

  const asked = { issuerRef: issuer.issuerRef, fields: fields.fields, extraAnnotations }
  const steps = source.tls.blocks.map((block) => stepTo(world, wantedCertificate(source, block, asked), now))
  const standing = [...source.tls.skipped.map(badConfig), ...steps.flatMap(({ notice }) => notice ?? [])]
  const wakeAt = earliest(...steps.map((step) => step.wakeAt))
  return {
    actions: [...tell(world, standing), ...steps.flatMap(({ action }) => action ?? []), ...removals(world)],
    ...(wakeAt === undefined ? {} : { wakeAt }),
    because: 'each Secret that is served has one Certificate as the annotations describe it',
  }
}

/** With foreground deletion its Certificates go first; they must not come back. */
function isBeingDeleted({ source: { object } }: World): boolean {
  return object.metadata.deletionTimestamp !== undefined || object.metadata.finalizers?.includes('foregroundDeletion') === true
}

/** Nothing is changed: what was issued before goes on being served. */
function refuse(world: World, why: string): Plan<Action> {
  return { actions: tell(world, [badConfig(why)]), because: why }
}

function badConfig(message: string): Notice {
  return { reason: shimEvent.badConfig, message }
}

function tell({ memory: { told } }: World, standing: readonly Notice[]): readonly Action[] {
  if (deepEqual(told, standing)) return []
  return [{ do: 'tell', news: standing.filter((notice) => !told.some((known) => deepEqual(known, notice))), standing }]
}

interface Step {
  readonly action?: Action
  readonly notice?: Notice
  readonly wakeAt?: Instant
}

function stepTo(world: World, wanted: WantedCertificate, now: Instant): Step {
  const certificate = world.named.get(wanted.name)
  if (certificate === undefined) return unlessRefused(world, wanted, now) ?? { action: { do: 'create', wanted } }
  if (!isControlled(world, certificate)) return withNotice(foreignTrouble(certificate, wanted))
  if (certificate.metadata.deletionTimestamp !== undefined) return {}
  const change = certificateChange(certificate, wanted)
  if (change === undefined) return certificateTrouble(certificate, world.issuerProblem, now)
  return unlessRefused(world, wanted, now) ?? { action: { do: 'update', wanted, certificate, change } }
}

function unlessRefused({ memory }: World, wanted: WantedCertificate, now: Instant): Step | undefined {
  const content = contentOf(wanted)
  const refusal = memory.refusals.find((known) => known.name === wanted.name && known.content === content && known.until > now)
  return refusal && { notice: badConfig(refusal.why), wakeAt: refusal.until }
}

/** What is written of a Certificate, to tell one try from the next. */
export function contentOf({ labels, annotations, spec }: WantedCertificate): string {
  return JSON.stringify([labels, annotations, spec])
}

function withNotice(message: string | undefined): Step {
  return message === undefined ? {} : { notice: badConfig(message) }
}

function isControlled({ source: { object } }: World, certificate: Certificate): boolean {
  return controllerReference(certificate)?.uid === object.metadata.uid
}

/** Certificates whose Secret the object names no longer. */
function removals({ source: { tls }, controlled }: World): readonly Action[] {
  return controlled
    .filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && !tls.secretNames.has(spec.secretName))
    .map((certificate) => ({ do: 'delete', certificate }))
}
