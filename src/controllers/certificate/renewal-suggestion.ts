import { createHash } from 'node:crypto'
import { instant, parseRfc3339, SECOND, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Heard } from './world.ts'

/** When a CA wants a certificate to be renewed (ARI, RFC 9773), as the status has it. */
export interface RenewalSuggestion {
  readonly start: Instant
  readonly end: Instant
  /** A page of the CA that says why. */
  readonly explanationUrl: string | undefined
}

/** Reads the suggestion of a CA; undefined without one that makes sense. */
export function renewalSuggestion(ari: Heard | undefined): RenewalSuggestion | undefined {
  const start = parseRfc3339(ari?.suggestedWindow?.start)
  const end = parseRfc3339(ari?.suggestedWindow?.end)
  return start === undefined || end === undefined || end <= start ? undefined : { start, end, explanationUrl: ari?.explanationURL }
}

/** Of the end of a certificate's life no moment is chosen while there are earlier ones: something may go wrong. */
const RESERVE = 1 / 20

/**
 * A moment in the suggested window (RFC 9773 §4.2), and each certificate has its own, so that a fleet spreads. It follows from `seed` and
 * the window, hence is the same at every look and after every restart. undefined: the window begins when the certificate has expired.
 */
export function suggestedTime(
  suggestion: RenewalSuggestion | undefined,
  { notBefore, notAfter }: { readonly notBefore: Instant; readonly notAfter: Instant },
  seed: string,
): Instant | undefined {
  if (suggestion === undefined || suggestion.start >= notAfter) return undefined
  const { start } = suggestion
  const end = Math.max(start, Math.min(suggestion.end, notAfter - (notAfter - notBefore) * RESERVE))
  return instant(Math.floor((start + (end - start) * fractionOf(seed)) / SECOND) * SECOND)
}

/** For conditions and Events. */
export function suggestionText(suggestion: RenewalSuggestion | undefined): string | undefined {
  if (suggestion === undefined) return undefined
  const { start, end, explanationUrl } = suggestion
  const why = explanationUrl === undefined ? '' : `, see ${explanationUrl}`
  return `the CA suggests to renew between ${toRfc3339(start)} and ${toRfc3339(end)}${why}`
}

/** 0 ≤ x < 1, evenly spread over seeds. */
function fractionOf(seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE() / 2 ** 32
}
