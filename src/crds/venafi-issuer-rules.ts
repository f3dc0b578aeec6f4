import { countOf, isListed, isNeeded } from './rules.ts'
import type { Rule } from './schema.ts'

/** Rules for `venafi`. */
export const venafiRules: readonly Rule[] = [
  { rule: countOf(['tpp', 'cloud', 'ngts'], '== 1'), message: 'venafi is exactly one of tpp, cloud and ngts' },
  isNeeded('zone'),
]

/** Rules for `venafi.tpp`. */
export const venafiTppRules: readonly Rule[] = [
  isNeeded('url'),
  {
    rule: `!${isListed('self.caBundle')} || !has(self.caBundleSecretRef)`,
    message: 'caBundle and caBundleSecretRef exclude each other; keep one',
  },
]

/** Rules for `venafi.ngts`. */
export const venafiNgtsRules: readonly Rule[] = [
  isNeeded('tsgID'),
  { rule: "self.credentialsRef.name != ''", message: 'name the Secret with the credentials', fieldPath: '.credentialsRef' },
]
