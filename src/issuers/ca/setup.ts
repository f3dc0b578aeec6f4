import { issuerReason } from '../../crds/reasons.ts'
import type { Clock } from '../../lib/clock.ts'
import { plus, toRfc3339 } from '../../lib/instant.ts'
import { resourceNamespace } from '../resource-namespace.ts'
import type { AnyIssuer, IssuerSetup, SetupOutcome } from '../signer.ts'
import type { CaKeyPairs } from './key-pair-cache.ts'

export interface CaDeps {
  readonly keyPairs: CaKeyPairs
  readonly clock: Clock
  readonly clusterResourceNamespace: string
}

/** Checks that the Secret of a CA issuer holds a CA's key pair that has not expired. */
export function caSetup(deps: CaDeps): IssuerSetup {
  return { setUp: async (issuer, signal) => setUp(deps, issuer, signal) }
}

async function setUp(deps: CaDeps, issuer: AnyIssuer, signal: AbortSignal): Promise<SetupOutcome> {
  const namespace = resourceNamespace(issuer, deps.clusterResourceNamespace)
  const pair = await deps.keyPairs({ namespace, name: issuer.spec.ca?.secretName ?? '' }, signal)
  if (pair.kind !== 'ok')
    return { ready: false, reason: issuerReason.getKeyPairFailed, message: `Error getting keypair for CA issuer: ${pair.why}` }
  if (!pair.certificate.isCA)
    return {
      ready: false,
      reason: issuerReason.invalidKeyPair,
      message: 'Error getting keypair for CA issuer: the certificate is not a CA (basic constraints)',
    }
  const { notAfter } = pair.certificate
  if (deps.clock.now() > notAfter)
    return { ready: false, reason: issuerReason.invalidKeyPair, message: `the CA certificate expired at ${toRfc3339(notAfter)}` }
  return { ready: true, reason: issuerReason.keyPairVerified, message: 'Signing CA verified', wakeAt: plus(notAfter, 1) }
}
