import { isSet, isTrue, isUnchanged } from './rules.ts'
import type { Rule } from './schema.ts'

/** Rules for the spec of a Challenge. */
export const challengeSpecRules: readonly Rule[] = [
  {
    rule: [
      ...['url', 'authorizationURL', 'dnsName', 'type', 'token', 'key', 'solver', 'issuerRef.name'].map(
        (name) => `self.${name} == oldSelf.${name}`,
      ),
      isUnchanged('issuerRef.kind', isSet),
      isUnchanged('issuerRef.group', isSet),
      isUnchanged('wildcard', isTrue),
    ].join(' && '),
    message: 'spec cannot be changed; delete the Challenge and its Order makes a new one',
  },
]
