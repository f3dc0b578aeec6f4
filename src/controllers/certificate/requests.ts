import type { CertificateSpec } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { annotation } from '../../crds/annotations.ts'
import { conditionType, requestReason } from '../../crds/reasons.ts'
import { parseRfc3339 } from '../../lib/instant.ts'
import { readCertificates } from '../../pki/certificate.ts'
import type { CsrReading } from '../../pki/csr.ts'
import { rememberedCsr } from '../../pki/remembered-csr.ts'
import { requestViolations } from './request-violations.ts'
import { fingerprintOf } from './stored-secret.ts'
import type { Wanted } from './wanted.ts'
import type { IssuedLeaf, OwnedRequest, RequestState } from './world.ts'

/** A request of this Certificate, read and compared with what is wanted now. */
export function ownedRequest(request: CertificateRequest, spec: CertificateSpec, wanted: Wanted): OwnedRequest {
  const csr = csrOf(request)
  return {
    name: request.metadata.name,
    uid: request.metadata.uid ?? '',
    revision: revisionOf(request),
    publicKeyFingerprint: csr?.publicKeyFingerprint,
    violations: csr === undefined ? undefined : requestViolations({ request, csr }, spec, wanted),
    state: stateOf(request),
  }
}

/** The request of one revision; undefined when there is none. */
export function requestOfRevision(requests: readonly OwnedRequest[], revision: number): OwnedRequest | undefined {
  return requests.find((request) => request.revision === revision)
}

/** The number in the revision annotation; undefined when it is missing or not one. */
export function revisionOf(request: CertificateRequest): number | undefined {
  const text = request.metadata.annotations?.[annotation.certificateRevision]
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function csrOf(request: CertificateRequest): CsrReading | undefined {
  const reading = rememberedCsr(request.spec.request)
  return reading.kind === 'ok' ? reading.csr : undefined
}

/** Denied and invalid outrank what an issuer says: one that signs a denied request is out of order. */
function stateOf(request: CertificateRequest): RequestState {
  const failedAt = parseRfc3339(request.status?.failureTime)
  for (const type of [conditionType.denied, conditionType.invalidRequest] as const) {
    const condition = conditionOf(request, type)
    // Without a time of failure an old refusal could not be told from a new one, and would end every further attempt.
    const refusedAt = failedAt ?? parseRfc3339(condition?.lastTransitionTime)
    if (condition?.status === 'True')
      return { kind: 'failed', reason: condition.reason ?? type, message: condition.message ?? '', failedAt: refusedAt }
  }
  const ready = conditionOf(request, conditionType.ready)
  switch (ready?.reason) {
    case requestReason.failed:
    case requestReason.denied:
      return { kind: 'failed', reason: ready.reason, message: ready.message ?? '', failedAt }
    case requestReason.issued:
      return { kind: 'issued', leaf: leafOf(request), issuedAt: parseRfc3339(ready.lastTransitionTime) }
    default:
      return { kind: 'pending', message: ready?.message ?? '' }
  }
}

function conditionOf(request: CertificateRequest, type: string) {
  return request.status?.conditions?.find((condition) => condition.type === type)
}

// Cached objects never change, so a reading of one can be kept for as long as the object itself.
const leaves = new WeakMap<CertificateRequest, IssuedLeaf>()

function leafOf(request: CertificateRequest): IssuedLeaf {
  let leaf = leaves.get(request)
  if (leaf === undefined) {
    leaf = readLeaf(Buffer.from(request.status?.certificate ?? '', 'base64'))
    leaves.set(request, leaf)
  }
  return leaf
}

function readLeaf(chain: Buffer): IssuedLeaf {
  const reading = readCertificates(chain)
  if (reading.kind === 'unreadable') return reading
  const [leaf] = reading.certificates
  if (leaf === undefined) return { kind: 'unreadable', why: 'no certificate in it' }
  return { kind: 'ok', chainFingerprint: fingerprintOf(chain), publicKeyFingerprint: leaf.publicKeyFingerprint, notAfter: leaf.notAfter }
}
