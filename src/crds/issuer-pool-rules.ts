import type { Rule } from './schema.ts'

/** Rules for the spec of an IssuerPool. */
export const poolRules: readonly Rule[] = [
  { rule: 'size(self.issuers) > 0', message: 'name at least one issuer', fieldPath: '.issuers' },
  { rule: "self.issuers.all(i, i.name != '')", message: 'every issuer needs a name', fieldPath: '.issuers' },
  {
    rule: 'self.issuers.all(i, self.issuers.exists_one(j, j.name == i.name && j.kind == i.kind))',
    message: 'name every issuer once',
    fieldPath: '.issuers',
  },
  // A negative duration would make every request move on at once, and back again.
  ...['maxWait', 'comeBackAfter'].map((name) => ({
    rule: `!has(self.${name}) || !self.${name}.startsWith('-')`,
    message: `${name} may not be negative`,
    fieldPath: `.${name}`,
  })),
]

/** Rules for the spec of a ClusterIssuerPool, which belongs to no namespace. */
export const clusterPoolRules: readonly Rule[] = [
  ...poolRules,
  {
    rule: "self.issuers.all(i, i.kind == 'ClusterIssuer')",
    message: 'a ClusterIssuerPool may name ClusterIssuers only',
    fieldPath: '.issuers',
  },
]
