import { requestEvent } from '../../crds/reasons.ts'
import { instant, MINUTE, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import { orderChain } from '../../pki/chain.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { approvedTemplate } from '../approved-template.ts'
import { resourceNamespace } from '../resource-namespace.ts'
import type { AnyIssuer, ApprovedRequest, Signer, SignOutcome } from '../signer.ts'
import type { CaKeyPair } from './key-pair.ts'
import type { CaDeps } from './setup.ts'

/** Signs with the CA key pair in a Secret. */
export function caSigner(deps: CaDeps): Signer {
  return { isLocal: true, sign: async (request, issuer, signal) => sign(deps, request, issuer, signal) }
}

async function sign(deps: CaDeps, request: ApprovedRequest, issuer: AnyIssuer, signal: AbortSignal): Promise<SignOutcome> {
  const namespace = resourceNamespace(issuer, deps.clusterResourceNamespace)
  const pair = await deps.keyPairs({ namespace, name: issuer.spec.ca?.secretName ?? '' }, signal)
  if (pair.kind === 'missing') return waiting(requestEvent.secretMissing, `the CA cannot sign yet: ${pair.why}`, deps.clock.now())
  if (pair.kind === 'invalid') return waiting(requestEvent.secretInvalidData, `the CA cannot sign yet: ${pair.why}`, deps.clock.now())
  return signWith(pair, deps, request, issuer)
}

/** The Issuer wakes its requests when its Ready changes; a Secret that is put right quickly may never change that. */
function waiting(reason: string, message: string, now: Instant): SignOutcome {
  return { kind: 'pending', reason, message, wakeAt: plus(now, MINUTE) }
}

async function signWith(pair: CaKeyPair, deps: CaDeps, request: ApprovedRequest, issuer: AnyIssuer): Promise<SignOutcome> {
  const now = deps.clock.now()
  const reading = approvedTemplate(request, now)
  if (reading.kind === 'refused') return { kind: 'failed', reason: requestEvent.signingError, message: reading.why }
  if (now > pair.certificate.notAfter) {
    return waiting(
      requestEvent.secretInvalidData,
      `the CA cannot sign: its certificate expired at ${toRfc3339(pair.certificate.notAfter)}`,
      now,
    )
  }
  const { crlDistributionPoints, ocspServers, issuingCertificateURLs } = issuer.spec.ca ?? {}
  const asked = reading.template.notAfter
  const end = pair.certificate.notAfter
  const template = {
    ...reading.template,
    // A leaf that outlives its CA fails at every client from that day on, while looking valid here.
    notAfter: request.mayOutliveCa ? asked : instant(Math.min(asked, end)),
    crlDistributionPoints,
    ocspServers,
    issuingCertificateURLs,
  }
  const leaf = await signCertificate(template, { key: pair.key, certificate: pair.certificate })
  const outcome = chained(leaf, pair)
  return outcome.kind === 'issued' && template.notAfter > end ? { ...outcome, outlives: end } : outcome
}

interface Above {
  /** PEM of what follows the leaf. */
  readonly chain: string
  readonly ca: string | undefined
}

/** What stands above a leaf is the same for every leaf of one key pair, and finding it out checks signatures. */
const aboveOf = new WeakMap<CaKeyPair, Above>()

function chained(leaf: string, pair: CaKeyPair): SignOutcome {
  const known = aboveOf.get(pair)
  if (known !== undefined) return { kind: 'issued', certificate: leaf + known.chain, ca: known.ca }
  const withRoot = orderChain(leaf + pair.chain + pair.root)
  // A ca.crt that is no part of the chain is no reason not to sign.
  const ordered = withRoot.kind === 'ok' ? withRoot : orderChain(leaf + pair.chain)
  if (ordered.kind === 'unreadable') {
    return { kind: 'failed', reason: requestEvent.signingError, message: `the CA's tls.crt is no chain: ${ordered.why}` }
  }
  aboveOf.set(pair, { chain: ordered.chain.slice(leaf.length), ca: ordered.ca })
  return { kind: 'issued', certificate: ordered.chain, ca: ordered.ca }
}
