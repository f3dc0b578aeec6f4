import type { Applying } from './applying-limits.ts'

/**
 * Which of the limits that apply to an order a CA means when it says that one is reached. ACME has one error type for all of them
 * (RFC 8555 §6.6), so the words decide; where they say nothing, it is this set of names alone, the least that can be meant.
 */
export function limitsMeantBy(detail: string, applying: readonly Applying[]): readonly Applying[] {
  const words = detail.toLowerCase()
  const ofScope = (scope: Applying['scope']): readonly Applying[] => applying.filter((limit) => limit.scope === scope)
  if (/exact (same )?set|failed authorizations|duplicate/.test(words)) return ofScope('set')
  if (/new orders|new-orders|account|requests|busy|load/.test(words)) return ofScope('account')
  const domains = ofScope('domain').filter(({ subject }) => words.includes(subject))
  return domains.length > 0 ? domains : ofScope('set')
}
