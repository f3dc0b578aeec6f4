import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRevocation, RevocationReason } from '../../crds/certificate-revocation.ts'
import { certificateReason, conditionType, revocationReason } from '../../crds/reasons.ts'
import { certificateRevocations, certificates } from '../../crds/resources.ts'
import { AcmeError } from '../../acme/acme-error.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import { revokeAtCa } from '../../issuers/acme/revoke.ts'
import { privateKeyOf } from '../../issuers/current-certificate.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { toRfc3339 } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Action } from './decide.ts'
import { capturedLeaf } from './observe.ts'
import { statusWith, type News } from './status.ts'
import type { World } from './world.ts'

/** What the controller of revocations writes with. */
export interface RevocationEffects {
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly events: EventRecorder
  readonly clock: Clock
  readonly certificateOf: (revocation: CertificateRevocation) => Certificate | undefined
}

const FIELD_MANAGER = 'certwright'

/** CRLReason of RFC 5280 §5.3.1. */
const codes: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
}

/** One effect, safe to repeat: a CA that is asked again says that the certificate is revoked, which is what was wanted. */
export async function act(effects: RevocationEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'set-status':
      return write(effects, world, action, signal)
    case 'reissue':
      return reissue(effects, world, action.newKey, signal)
    case 'revoke':
      return revoke(effects, world, signal)
  }
}

/** Sets Issuing, as any client of the API that wants a new certificate. */
async function reissue(
  { cluster, clock, certificateOf }: RevocationEffects,
  { revocation }: World,
  newKey: boolean,
  signal: AbortSignal,
): Promise<void> {
  const certificate = certificateOf(revocation)
  if (certificate === undefined) return
  const issuing = {
    type: conditionType.issuing,
    status: 'True',
    reason: newKey ? certificateReason.keyCompromised : certificateReason.revoking,
    message: `CertificateRevocation ${JSON.stringify(revocation.metadata.name)} asks for a new certificate${newKey ? ' with another private key' : ''}`,
    lastTransitionTime: toRfc3339(clock.now()),
  } as const
  const others = (certificate.status?.conditions ?? []).filter(({ type }) => type !== conditionType.issuing)
  const status = { ...certificate.status, conditions: [...others, issuing] }
  await cluster.patchStatus(certificates, certificate, status, { fieldManager: FIELD_MANAGER }, signal)
}

async function revoke(effects: RevocationEffects, world: World, signal: AbortSignal): Promise<void> {
  const { revocation, issuer } = world
  const leaf = capturedLeaf(revocation)
  if (issuer?.kind !== 'ready' || leaf === undefined) return
  const reason = codes[revocation.spec.reason ?? 'unspecified']
  const certificateKey = () => privateKeyOf(effects.cluster, effects.certificateOf(revocation), leaf, signal)
  try {
    const outcome = await revokeAtCa(effects.clients, { issuer: issuer.issuer, certificateDer: leaf.der, reason, certificateKey }, signal)
    const news: News =
      outcome.kind === 'refused'
        ? { reason: revocationReason.refused, message: `the CA refuses: ${outcome.why}` }
        : {
            reason: revocationReason.revoked,
            message: `the CA has revoked the certificate ${leaf.serialNumber}, asked with the key of the ${outcome.by}`,
            revokedAt: effects.clock.now(),
          }
    await tell(effects, world, news, signal)
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    await tell(effects, world, { reason: revocationReason.caUnavailable, message: error.message }, signal)
    // Also an account that is about to be registered anew is worth waiting for.
    const retry = error.retry.kind === 'never' ? ({ kind: 'backoff' } as const) : error.retry
    throw new OperatorError(error.code, error.message, { retry, cause: error })
  }
}

function tell(effects: RevocationEffects, world: World, news: News, signal: AbortSignal): Promise<void> {
  return write(effects, world, { status: statusWith(world.revocation.status, news, effects.clock.now()), news }, signal)
}

async function write(
  { cluster, events, certificateOf }: RevocationEffects,
  { revocation }: World,
  { status, news }: { readonly status: World['revocation']['status']; readonly news: News },
  signal: AbortSignal,
): Promise<void> {
  await cluster.patchStatus(certificateRevocations, revocation, status, { fieldManager: FIELD_MANAGER }, signal)
  const type = quiet.has(news.reason) ? 'Normal' : 'Warning'
  events.record(revocation, { type, reason: news.reason, message: news.message })
  const certificate = news.revokedAt === undefined ? undefined : certificateOf(revocation)
  if (certificate !== undefined) events.record(certificate, { type, reason: news.reason, message: news.message })
}

const quiet: ReadonlySet<string> = new Set([revocationReason.pending, revocationReason.reissuing, revocationReason.revoked])
