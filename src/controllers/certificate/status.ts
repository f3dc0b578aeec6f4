import type { CertificateCondition, CertificateStatus } from '../../crds/certificate.ts'
import { certificateReason, conditionType } from '../../crds/reasons.ts'
import { toRfc3339, type Instant } from '../../lib/instant.ts'
import { caChange } from './ca-change.ts'
import { storedRenewal, whyNotReady } from './policies.ts'
import { isTemporary } from './temporary.ts'
import type { World } from './world.ts'

/** What an issuance has just come to; undefined fields of the status are left out of it. */
export type Step =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'start'
      readonly reason: string
      readonly message: string
      readonly nextKeySecretName: string
      readonly counts: boolean
    }
  | { readonly kind: 'use-next-key'; readonly nextKeySecretName: string; readonly isStart: boolean }
  | { readonly kind: 'succeed'; readonly revision: number }
  | { readonly kind: 'fail'; readonly reason: string; readonly message: string }
  | { readonly kind: 'hold'; readonly reason: string; readonly message: string }
  | { readonly kind: 'rest' }
  /** The next effort has to wait. */
  | { readonly kind: 'limit'; readonly reason: string; readonly message: string }

/** The whole status: what is derived from the Secret, and the state of the issuance after `step`. */
export function statusAfter(world: World, step: Step, now: Instant): CertificateStatus {
  const before = world.certificate.status ?? {}
  return withoutUndefined({
    ...before,
    ...validity(world),
    ...issuanceState(before, step, now),
    ...renewalInformation(world, step),
    conditions: conditionsAfter(world, step, now),
  })
}

function validity(world: World): { readonly [K in 'notBefore' | 'notAfter' | 'renewalTime']: string | undefined } {
  // A temporary certificate is nothing that dashboards should count down to.
  const leaf = world.stored?.pair.kind === 'ok' && !isTemporary(world.stored) ? world.stored.pair.leaf : undefined
  const renewalAt = storedRenewal(world)?.at
  return {
    notBefore: leaf && toRfc3339(leaf.notBefore),
    notAfter: leaf && toRfc3339(leaf.notAfter),
    renewalTime: renewalAt === undefined ? undefined : toRfc3339(renewalAt),
  }
}

function issuanceState(
  before: CertificateStatus,
  step: Step,
  now: Instant,
): { readonly [K in keyof CertificateStatus]?: CertificateStatus[K] | undefined } {
  switch (step.kind) {
    case 'none':
      return {}
    case 'start':
    case 'use-next-key':
      return { nextPrivateKeySecretName: step.nextKeySecretName }
    case 'succeed':
      return {
        revision: step.revision,
        nextPrivateKeySecretName: undefined,
        lastFailureTime: undefined,
        failedIssuanceAttempts: undefined,
      }
    case 'fail':
      return {
        nextPrivateKeySecretName: undefined,
        lastFailureTime: toRfc3339(now),
        failedIssuanceAttempts: (before.failedIssuanceAttempts ?? 0) + 1,
      }
    case 'hold':
    case 'rest':
    case 'limit':
      return { nextPrivateKeySecretName: undefined }
  }
}

/** What was said about the certificate before ends with it: a window that had passed already would renew the new one at once. */
function renewalInformation({ heard }: World, step: Step): { readonly acme?: CertificateStatus['acme'] | undefined } {
  if (heard !== undefined) return { acme: { ari: heard } }
  return step.kind === 'succeed' ? { acme: undefined } : {}
}

function conditionsAfter(world: World, step: Step, now: Instant): readonly CertificateCondition[] {
  const { generation } = world.certificate.metadata
  const before = world.certificate.status?.conditions ?? []
  const at = { now, generation }
  const others = before.filter((condition) => condition.type !== conditionType.limited || step.kind === 'limit')
  const ready = withCondition(others, readyCondition(world, now), at)
  switch (step.kind) {
    case 'start':
      return withCondition(ready, { type: conditionType.issuing, status: 'True', reason: step.reason, message: step.message }, at)
    case 'hold':
    case 'fail':
      return withCondition(ready, { type: conditionType.issuing, status: 'False', reason: step.reason, message: step.message }, at)
    case 'limit':
      return withCondition(ready, { type: conditionType.limited, status: 'True', reason: step.reason, message: step.message }, at)
    case 'succeed':
      return ready.filter((condition) => condition.type !== conditionType.issuing)
    default:
      return ready
  }
}

function readyCondition(world: World, now: Instant): NewCondition {
  const violation = world.secretOwner === world.certificate.metadata.name ? whyNotReady(world, now) : ownedByAnother(world)
  return violation === undefined
    ? {
        type: conditionType.ready,
        status: 'True',
        reason: certificateReason.ready,
        message: ['Certificate is up to date and has not expired', storedRenewal(world)?.problem, caChange(world, now)?.message]
          .filter((part) => part !== undefined)
          .join('; '),
      }
    : { type: conditionType.ready, status: 'False', ...violation, ...said(world, violation.reason) }
}

/** Reasons that say it all: whoever has given one of them, in whatever words, needs no correction. */
const plainReasons: ReadonlySet<string> = new Set([certificateReason.doesNotExist, certificateReason.expired])

function said({ certificate: { status, metadata } }: World, reason: string): { readonly message?: string } {
  const known = status?.conditions?.find((condition) => condition.type === conditionType.ready)
  if (known?.status !== 'False' || known.reason !== reason || known.observedGeneration !== metadata.generation) return {}
  return plainReasons.has(reason) && known.message !== undefined ? { message: known.message } : {}
}

function ownedByAnother(world: World): { readonly reason: string; readonly message: string } {
  return {
    reason: certificateReason.incorrectCertificate,
    message: `Secret ${JSON.stringify(world.certificate.spec.secretName)} belongs to Certificate ${JSON.stringify(world.secretOwner)}: give this Certificate another secretName`,
  }
}

type NewCondition = Pick<CertificateCondition, 'type' | 'status' | 'reason' | 'message'>

/** Sets one condition in place. Its lastTransitionTime moves only when its status does: clients measure by it. */
function withCondition(
  conditions: readonly CertificateCondition[],
  next: NewCondition,
  at: { readonly now: Instant; readonly generation: number | undefined },
): readonly CertificateCondition[] {
  const known = conditions.find((condition) => condition.type === next.type)
  const isSameStatus = known?.status === next.status && known.lastTransitionTime !== undefined
  const complete: CertificateCondition = {
    ...next,
    lastTransitionTime: isSameStatus && known.lastTransitionTime !== undefined ? known.lastTransitionTime : toRfc3339(at.now),
    ...(at.generation === undefined ? {} : { observedGeneration: at.generation }),
  }
  return known === undefined ? [...conditions, complete] : conditions.map((condition) => (condition === known ? complete : condition))
}

function withoutUndefined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
}
