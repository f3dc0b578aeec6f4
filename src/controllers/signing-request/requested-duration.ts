import { signingRequestAnnotation } from '../../crds/annotations.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { DAY, MINUTE, SECOND } from '../../lib/instant.ts'

/** Milliseconds. */
export type RequestedDuration =
  | { readonly kind: 'ok'; readonly duration: number }
  | { readonly kind: 'too-short'; readonly duration: number }
  | { readonly kind: 'unreadable'; readonly text: string }

const DEFAULT_DURATION = 90 * DAY

/** The least that the API server takes in `spec.expirationSeconds`. */
export const MINIMUM_DURATION = 10 * MINUTE

/** How long the certificate shall be valid: the annotation, else `spec.expirationSeconds`, else 90 days. */
export function requestedDuration({ metadata, spec }: CertificateSigningRequest): RequestedDuration {
  const text = metadata.annotations?.[signingRequestAnnotation.duration]
  const duration = text === undefined ? inSpec(spec) : parseGoDuration(text)
  if (duration === undefined) return { kind: 'unreadable', text: text ?? '' }
  return { kind: duration < MINIMUM_DURATION ? 'too-short' : 'ok', duration }
}

function inSpec({ expirationSeconds }: CertificateSigningRequest['spec']): number {
  return expirationSeconds === undefined ? DEFAULT_DURATION : expirationSeconds * SECOND
}
