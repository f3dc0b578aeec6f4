import { requestEvent, requestReason } from '../../crds/reasons.ts'
import type { SignOutcome } from '../../issuers/signer.ts'
import { readCertificates } from '../../pki/certificate.ts'
import type { Announcement } from './decide.ts'
import type { StatusChange } from './status.ts'

const ISSUED_MESSAGE = 'Certificate fetched from issuer successfully'

/** An outcome, told in other words than the usual ones where it has some. */
type Told = SignOutcome & { readonly message?: string }

/** A signer that returns something else than a certificate has failed, whatever it says. */
export function checked(outcome: SignOutcome): SignOutcome {
  if (outcome.kind !== 'issued') return outcome
  const reading = readCertificates(outcome.certificate)
  return reading.kind === 'ok'
    ? outcome
    : { kind: 'failed', reason: requestEvent.decodeError, message: `the issuer returned no certificate: ${reading.why}` }
}

/** What an outcome changes in the status of a request. */
export function changeFor(outcome: Told): StatusChange {
  switch (outcome.kind) {
    case 'issued':
      return {
        certificate: outcome.certificate,
        ca: outcome.ca,
        ready: { status: 'True', reason: requestReason.issued, message: outcome.message ?? ISSUED_MESSAGE },
      }
    case 'pending':
      return { ready: { status: 'False', reason: requestReason.pending, message: outcome.message } }
    case 'failed':
      return { failed: true, ready: { status: 'False', reason: requestReason.failed, message: outcome.message } }
  }
}

/** The Event of an outcome. */
export function announcementsFor(outcome: Told): readonly Announcement[] {
  switch (outcome.kind) {
    case 'issued':
      return [{ type: 'Normal', reason: requestEvent.certificateIssued, message: outcome.message ?? ISSUED_MESSAGE }]
    case 'pending':
      return [{ type: 'Normal', reason: outcome.reason, message: outcome.message }]
    case 'failed':
      return [{ type: 'Warning', reason: outcome.reason, message: outcome.message }]
  }
}
