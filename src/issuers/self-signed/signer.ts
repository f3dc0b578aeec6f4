import { requestEvent } from '../../crds/reasons.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { secrets } from '../../kube/kinds.ts'
import type { Clock } from '../../lib/clock.ts'
import { parsePrivateKey, publicKeyFingerprint } from '../../pki/private-key.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { approvedTemplate } from '../approved-template.ts'
import type { AnyIssuer, ApprovedRequest, Signer, SignOutcome } from '../signer.ts'

export interface SelfSignedDeps {
  readonly cluster: Pick<Cluster, 'get'>
  readonly events: EventRecorder
  readonly clock: Clock
}

/** Signs each request with its own private key, which the request names by an annotation. */
export function selfSignedSigner(deps: SelfSignedDeps): Signer {
  return { isLocal: true, sign: async (request, issuer, signal) => sign(deps, request, issuer, signal) }
}

async function sign(deps: SelfSignedDeps, request: ApprovedRequest, issuer: AnyIssuer, signal: AbortSignal): Promise<SignOutcome> {
  const { annotation, name } = request.keySecret
  if (name === '') {
    return {
      kind: 'failed',
      reason: requestEvent.missingAnnotation,
      message: `annotation ${annotation} is missing: it names the Secret with the private key to sign with`,
    }
  }
  const secret = await deps.cluster.get(secrets, { namespace: request.namespace, name }, signal)
  if (secret === undefined)
    return {
      kind: 'pending',
      reason: requestEvent.missingSecret,
      message: `Secret ${JSON.stringify(name)} with the private key does not exist`,
    }
  const key = parsePrivateKey(Buffer.from(secret.data?.['tls.key'] ?? '', 'base64'))
  if (key.kind === 'unreadable')
    return {
      kind: 'pending',
      reason: requestEvent.errorParsingKey,
      message: `the private key in Secret ${JSON.stringify(name)} does not parse: ${key.why}`,
    }

  const reading = approvedTemplate(request, deps.clock.now())
  if (reading.kind === 'refused') return { kind: 'failed', reason: requestEvent.errorGenerating, message: reading.why }
  const template = { ...reading.template, crlDistributionPoints: issuer.spec.selfSigned?.crlDistributionPoints }
  if (publicKeyFingerprint(template.publicKey) !== publicKeyFingerprint(key.key)) {
    return {
      kind: 'failed',
      reason: requestEvent.errorKeyMatch,
      message: `the CSR was not made with the private key in Secret ${JSON.stringify(name)}`,
    }
  }
  if (template.subject.length === 0 || isEmptySequence(template.subject)) warnOfEmptySubject(deps.events, request.origin)
  const certificate = await signCertificate(template, { key: key.key })
  return { kind: 'issued', certificate, ca: certificate }
}

/** RFC 5280 §4.1.2.4: the issuer field must not be empty, and a self-signed certificate's issuer is its subject. */
function warnOfEmptySubject(events: EventRecorder, origin: KubeObject): void {
  events.record(origin, {
    type: 'Warning',
    reason: requestEvent.badConfig,
    message:
      'a self-signed certificate without a subject has an empty issuer, which RFC 5280 forbids and some clients refuse: set a commonName or subject',
  })
}

function isEmptySequence(subject: unknown): boolean {
  return subject instanceof Uint8Array && subject.length === 2
}
