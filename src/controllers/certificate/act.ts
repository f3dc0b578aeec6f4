import { certificateEvent, conditionType } from '../../crds/reasons.ts'
import { certificateRequests, certificates } from '../../crds/resources.ts'
import type { Certificate } from '../../crds/certificate.ts'
import type { Clock } from '../../lib/clock.ts'
import { secrets } from '../../kube/kinds.ts'
import { parseRfc3339 } from '../../lib/instant.ts'
import { createNextKey } from './create-next-key.ts'
import { createRequest } from './create-request.ts'
import type { Action } from './action.ts'
import { FIELD_MANAGER, type CertificateEffects } from './effects.ts'
import type { Step } from './status.ts'
import { repairSecret, storeKeyPair, storeTemporary } from './store-key-pair.ts'
import { storeOrTell } from './store-or-tell.ts'
import type { World } from './world.ts'

/** One effect. Each is safe to repeat: names are fixed, deletes name a UID, status writes name a resourceVersion. */
export async function act(effects: CertificateEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  const { cluster, events } = effects
  const { certificate } = world
  const { namespace } = certificate.metadata
  switch (action.do) {
    case 'set-status':
      await cluster.patchStatus(certificates, certificate, action.status, { fieldManager: FIELD_MANAGER }, signal)
      announce(effects, certificate, action.step)
      return
    case 'create-next-key':
      return createNextKey(effects, action, world, signal)
    case 'delete-next-key':
      effects.nextKeys.forget(action.uid)
      return cluster.delete(
        secrets,
        { metadata: { ...(namespace === undefined ? {} : { namespace }), name: action.secretName, uid: action.uid } },
        signal,
      )
    case 'create-request':
      return createRequest(effects, action, world, signal)
    case 'delete-request':
      return cluster.delete(
        certificateRequests,
        { metadata: { ...(namespace === undefined ? {} : { namespace }), name: action.name, uid: action.uid } },
        signal,
      )
    case 'store-temporary-certificate':
      return storeTemporary(effects, action, world, signal)
    case 'store-key-pair':
      return storeOrTell(effects, world, () => storeKeyPair(effects, action, world, signal), signal)
    case 'repair-secret':
      await repairSecret(effects, world, signal)
      effects.history.record(certificate.metadata.uid ?? '', { kind: 'repair', at: effects.clock.now(), counts: true })
      return
    case 'warn':
      return events.record(certificate, { type: 'Warning', reason: action.reason, message: action.message })
  }
}

function announce(effects: CertificateEffects, certificate: Certificate, step: Step): void {
  switch (step.kind) {
    case 'start':
      recordStart(effects, certificate, step.counts)
      effects.events.record(certificate, { type: 'Normal', reason: certificateEvent.issuing, message: `Issuing: ${step.message}` })
      return
    case 'succeed':
      effects.events.record(certificate, {
        type: 'Normal',
        reason: certificateEvent.issuing,
        message: 'The certificate has been issued and stored',
      })
      effects.onIssuance({ certificate, result: 'success', seconds: secondsSinceStart(effects.clock, certificate) })
      return
    case 'fail':
      effects.events.record(certificate, { type: 'Warning', reason: step.reason, message: step.message })
      effects.onIssuance({ certificate, result: 'failure', seconds: secondsSinceStart(effects.clock, certificate) })
      return
    case 'use-next-key':
      if (step.isStart) recordStart(effects, certificate, true)
      return
    case 'limit':
      // The status is written for other reasons too: what it said before is no news.
      if (limitedCondition(certificate)?.message === step.message) return
      effects.events.record(certificate, { type: 'Warning', reason: step.reason, message: step.message })
      effects.onLimited({ certificate, reason: step.reason })
      return
    case 'none':
    case 'hold':
    case 'rest':
      return
  }
}

function recordStart({ history, clock }: CertificateEffects, { metadata }: Certificate, counts: boolean): void {
  history.record(metadata.uid ?? '', { kind: 'issuance', at: clock.now(), counts })
}

function limitedCondition({ status }: Certificate) {
  return status?.conditions?.find((condition) => condition.type === conditionType.limited)
}

function secondsSinceStart(clock: Clock, certificate: Certificate): number | undefined {
  const startedAt = parseRfc3339(
    certificate.status?.conditions?.find((condition) => condition.type === conditionType.issuing)?.lastTransitionTime,
  )
  return startedAt === undefined ? undefined : Math.max(0, (clock.now() - startedAt) / 1_000)
}
