import type { Certificate } from '../../crds/certificate.ts'
import { finalizer } from '../../crds/labels.ts'
import { revocationReason } from '../../crds/reasons.ts'
import { certificates } from '../../crds/resources.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import { revokeAtCa } from '../../issuers/acme/revoke.ts'
import { privateKeyOf } from '../../issuers/current-certificate.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { earliest, plus, SECOND, type Instant } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Action } from './decide.ts'
import type { World } from './world.ts'

/** What the controller of revocation policies writes with. */
export interface RevocationPolicyEffects {
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly events: EventRecorder
  readonly clock: Clock
}

const FIELD_MANAGER = 'certwright'
/** RFC 5280 §5.3.1: the names are no longer served with this key. */
const CESSATION_OF_OPERATION = 5

/** One effect, safe to repeat. */
export async function act(effects: RevocationPolicyEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  const { certificate } = world
  const others = (certificate.metadata.finalizers ?? []).filter((name) => name !== finalizer.revocation)
  switch (action.do) {
    case 'add-finalizer':
      return setFinalizers(effects, certificate, [...others, finalizer.revocation], signal)
    case 'remove-finalizer':
      return setFinalizers(effects, certificate, others, signal)
    case 'announce':
      return effects.events.record(certificate, action)
    case 'revoke':
      return revoke(effects, { world, until: action.until }, signal)
  }
}

/** A refusal is told and lets the Certificate go: the CA would say it again. An outage throws, so that the finalizer stays. */
async function revoke(
  effects: RevocationPolicyEffects,
  { world: { certificate, target }, until }: { readonly world: World; readonly until: Instant },
  signal: AbortSignal,
): Promise<void> {
  if (target?.kind !== 'ok' || target.issuer.kind !== 'ready') return
  const { leaf } = target
  const certificateKey = () => privateKeyOf(effects.cluster, certificate, leaf, signal)
  const toRevoke = { issuer: target.issuer.issuer, certificateDer: leaf.der, reason: CESSATION_OF_OPERATION, certificateKey }
  try {
    const outcome = await revokeAtCa(effects.clients, toRevoke, signal)
    effects.events.record(
      certificate,
      outcome.kind === 'revoked'
        ? { type: 'Normal', reason: revocationReason.revoked, message: `the CA has revoked the certificate ${leaf.serialNumber}` }
        : {
            type: 'Warning',
            reason: revocationReason.notRevoked,
            message: `the certificate was not revoked, the CA refuses: ${outcome.why}`,
          },
    )
  } catch (error) {
    throw error instanceof OperatorError ? patientError(error, { until, now: effects.clock.now() }) : error
  }
}

/** However late a CA asks to come back: the Certificate does not wait for longer than until then. */
function patientError(error: OperatorError, { until, now }: { readonly until: Instant; readonly now: Instant }): OperatorError {
  const wished = error.retry.kind === 'at' ? error.retry.at : plus(now, 15 * SECOND)
  return new OperatorError(error.code, error.message, { retry: { kind: 'at', at: earliest(wished, until) ?? until }, cause: error })
}

async function setFinalizers(
  { cluster }: RevocationPolicyEffects,
  certificate: Certificate,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await cluster.patch(certificates, certificate, { metadata: { finalizers } }, { fieldManager: FIELD_MANAGER }, signal)
}
