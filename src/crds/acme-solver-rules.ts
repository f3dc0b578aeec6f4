import { isDuration } from './rules.ts'
import type { Rule } from './schema.ts'

/** Rules for a solver as a whole. */
export const solverRules: readonly Rule[] = [
  {
    rule: '[has(self.http01), has(self.dns01), has(self.tlsALPN01), has(self.dnsPersist01)].filter(there, there).size() == 1',
    message: 'a solver is exactly one of http01, dns01, tlsALPN01 and dnsPersist01; use one solver for each',
  },
  {
    rule: `!has(self.waitInsteadOfSelfCheck) || !${isDuration('self.waitInsteadOfSelfCheck')} || duration(self.waitInsteadOfSelfCheck) >= duration('0')`,
    message: 'waitInsteadOfSelfCheck must not be negative',
    fieldPath: '.waitInsteadOfSelfCheck',
  },
]
