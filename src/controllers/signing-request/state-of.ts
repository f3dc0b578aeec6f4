import { signingRequestCondition } from '../../crds/reasons.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'

/** Where a signing request stands. `answered` stands for good: it was signed, denied or has failed. */
export type State = 'unapproved' | 'approved' | 'answered'

/** Reads the conditions. Approved, Denied and Failed are never taken back; the API server sees to that. */
export function stateOf({ status }: CertificateSigningRequest): State {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) === true
  if (has(signingRequestCondition.denied) || has(signingRequestCondition.failed) || (status?.certificate ?? '') !== '') return 'answered'
  const approval = status?.conditions?.find(({ type }) => type === signingRequestCondition.approved)
  return approval?.status === 'True' ? 'approved' : 'unapproved'
}
