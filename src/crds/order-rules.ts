import { isListed, isSet } from './rules.ts'
import type { Rule } from './schema.ts'

const authorizations = (self: string) => `(has(${self}.status) && ${isListed(`${self}.status.authorizations`)})`
const isComplete = `oldSelf.status.authorizations.all(a, ${isSet('a.identifier')} && has(a.initialState))`

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
  {
    rule: `!${authorizations('oldSelf')} || !${isComplete} || (${authorizations('self')} && self.status.authorizations == oldSelf.status.authorizations)`,
    message: 'status.authorizations cannot be changed once they are filled in',
  },
]

function stays(name: string, isThere: (field: string) => string): Rule {
  const [before, after] = ['oldSelf', 'self'].map((self) => `(has(${self}.status) && ${isThere(`${self}.status.${name}`)})`)
  return {
    rule: `!${before} || (${after} && self.status.${name} == oldSelf.status.${name})`,
    message: `status.${name} cannot be changed once it is set`,
  }
}
