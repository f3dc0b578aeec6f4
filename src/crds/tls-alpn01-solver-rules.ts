import type { Rule } from './schema.ts'

/** Rules for `tlsALPN01`. */
export const tlsAlpn01Rules: readonly Rule[] = [
  {
    rule: 'has(self.gatewayTLSRoute) != has(self.ingressRouteTCP)',
    message: 'tlsALPN01 is exactly one of gatewayTLSRoute and ingressRouteTCP',
  },
]

/** Rules for `tlsALPN01.gatewayTLSRoute`. */
export const gatewayTlsRules: readonly Rule[] = [
  { rule: 'self.parentRefs.size() > 0', message: 'parentRefs must name a Gateway', fieldPath: '.parentRefs' },
]
