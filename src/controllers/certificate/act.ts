import { certificateEvent, conditionType } from '../../crds/reasons.ts'
import { certificateRequests, certificates } from '../../crds/resources.ts'
import type { Certificate } from '../../crds/certificate.ts'
import type { Clock } from '../../lib/clock.ts'
import { secrets } from '../../kube/kinds.ts'
import { parseRfc3339 } from '../../lib/instant.ts'
import { createNextKey } from './create-next-key.ts'
import { createRequest } from './create-request.ts'
import type { Action } from './decide.ts'
import { FIELD_MANAGER, type CertificateEffects } from './effects.ts'
import type { Step } from './status.ts'
import { repairSecret, storeKeyPair } from './store-key-pair.ts'
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
    case 'store-key-pair':
      return storeKeyPair(effects, action, world, signal)
    case 'repair-secret':
      return repairSecret(effects, world, signal)
    case 'warn':
      return events.record(certificate, { type: 'Warning', reason: action.reason, message: action.message })
  }
}

function announce(effects: CertificateEffects, certificate: Certificate, step: Step): void {
  switch (step.kind) {
    case 'start':
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
    default:
      return
  }
}

function secondsSinceStart(clock: Clock, certificate: Certificate): number | undefined {
  const startedAt = parseRfc3339(
    certificate.status?.conditions?.find((condition) => condition.type === conditionType.issuing)?.lastTransitionTime,
  )
  return startedAt === undefined ? undefined : Math.max(0, (clock.now() - startedAt) / 1_000)
}
