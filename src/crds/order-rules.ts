import { isListed, isSet } from './rules.ts'
import type { Rule } from './schema.ts'

const authorizations = (self: string) => `(has(${self}.status) && ${isListed(`${self}.status.authorizations`)})`
const isPresent = (field: string) => `has(${field})`

/** Rules for an Order: what the server was asked and what it answered stays, so that a restart finds the same order. */
export const orderRules: readonly Rule[] = [
  { rule: 'self.spec.request == oldSelf.spec.request', message: 'spec.request cannot be changed; make a new Order instead' },
  stays('url', isSet),
  stays('finalizeURL', isSet),
  stays('certificate', isListed),
  {
    rule: `!${authorizations('oldSelf')} || (${authorizations('self')} && size(self.status.authorizations) == size(oldSelf.status.authorizations))`,
    message: 'status.authorizations can neither grow nor shrink once they are set',
  },
  authorizationsKeep('url', isSet),
  authorizationsKeep('identifier', isSet),
  authorizationsKeep('wildcard', isPresent),
  authorizationsKeep('initialState', isPresent),
  authorizationsKeep('challenges', isListed),
]

function stays(name: string, isThere: (field: string) => string): Rule {
  const [before, after] = ['oldSelf', 'self'].map((self) => `(has(${self}.status) && ${isThere(`${self}.status.${name}`)})`)
  return {
    rule: `!${before} || (${after} && self.status.${name} == oldSelf.status.${name})`,
    message: `status.${name} cannot be changed once it is set`,
  }
}

/** A field that all of them have stays as it is in each. Field by field, because they are filled in one after the other. */
function authorizationsKeep(name: string, isThere: (field: string) => string): Rule {
  const known = `${authorizations('oldSelf')} && oldSelf.status.authorizations.all(a, ${isThere(`a.${name}`)})`
  const [before, after] = ['oldSelf', 'self'].map((self) => `${self}.status.authorizations.map(a, a.${name})`)
  const isStill = `self.status.authorizations.all(a, ${isThere(`a.${name}`)}) && ${after} == ${before}`
  return {
    rule: `!(${known}) || (${authorizations('self')} && ${isStill})`,
    message: `${name} of status.authorizations cannot be changed once it is set`,
  }
}
