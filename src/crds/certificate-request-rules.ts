import { holdsInBase64, isListed, isSet, isTrue, isUnchanged } from './rules.ts'
import type { Rule } from './schema.ts'

/** Rules that see spec and status together. */
export const certificateRequestRules: readonly Rule[] = [
  { rule: 'has(self.spec)', message: 'spec is needed: request and issuerRef' },
  ...['Approved', 'Denied'].map((type) => ({
    rule: `!${hasCondition('oldSelf', type)} || ${hasCondition('self', type)}`,
    message: `condition ${type} cannot be removed once it is set`,
  })),
]

/** Rules for the spec: who asked for what never changes, so that an approval stays about what was approved. */
export const requestSpecRules: readonly Rule[] = [
  {
    rule: [
      'self.request == oldSelf.request',
      'self.issuerRef.name == oldSelf.issuerRef.name',
      isUnchanged('issuerRef.kind', isSet),
      isUnchanged('issuerRef.group', isSet),
      // Clients written in Go write 1h as 1h0m0s.
      'has(self.duration) == has(oldSelf.duration) && (!has(self.duration) || duration(self.duration) == duration(oldSelf.duration))',
      isUnchanged('isCA', isTrue),
      isUnchanged('usages', isListed),
      isUnchanged('username', isSet),
      isUnchanged('uid', isSet),
      isUnchanged('groups', isListed),
      isUnchanged('extra', isListed),
    ].join(' && '),
    message: 'spec cannot be changed; make a new CertificateRequest instead',
  },
]

/** Rules for `request`: whether the CSR parses, no rule can tell. */
export const csrRules: readonly Rule[] = [{ rule: holdsInBase64('self', '-----BEGIN '), message: 'request must be a CSR as PEM' }]

/** Rules for each of `status.conditions`. */
export const conditionRules: readonly Rule[] = [
  {
    rule: "!(self.type in ['Approved', 'Denied']) || self == oldSelf",
    message: 'conditions Approved and Denied cannot be changed once they are set',
  },
]

/** Rules for `status.conditions`. */
export const approvalRules: readonly Rule[] = [
  {
    rule: "self.all(c, !(c.type in ['Approved', 'Denied']) || c.status == 'True')",
    message: 'conditions Approved and Denied can only have status True',
  },
  {
    rule: "!self.exists(c, c.type == 'Approved') || !self.exists(c, c.type == 'Denied')",
    message: 'a request is either Approved or Denied, not both',
  },
]

function hasCondition(self: string, type: string): string {
  return `(has(${self}.status) && has(${self}.status.conditions) && ${self}.status.conditions.exists(c, c.type == '${type}'))`
}
