import { isSet } from './rules.ts'
import type { Rule } from './schema.ts'

const serviceType: Rule = {
  rule: "!has(self.serviceType) || self.serviceType in ['', 'ClusterIP', 'NodePort']",
  message: 'serviceType must be ClusterIP or NodePort',
  fieldPath: '.serviceType',
}

/** Rules for `http01`. */
export const http01Rules: readonly Rule[] = [
  { rule: 'has(self.ingress) != has(self.gatewayHTTPRoute)', message: 'http01 is exactly one of ingress and gatewayHTTPRoute' },
]

/** Rules for `http01.ingress`. */
export const ingressRules: readonly Rule[] = [
  {
    rule: `[has(self.class), has(self.ingressClassName), ${isSet('self.name')}].filter(there, there).size() <= 1`,
    message: 'give at most one of ingressClassName, class and name',
  },
  {
    rule: String.raw`!has(self.ingressClassName) || self.ingressClassName.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')`,
    message: 'ingressClassName must be the name of an IngressClass; for other values use class',
    fieldPath: '.ingressClassName',
  },
  serviceType,
]

/** Rules for `http01.gatewayHTTPRoute`. */
export const gatewayRules: readonly Rule[] = [serviceType]
