import { parentReference } from './http01-solver.ts'
import type { TypeOf } from './schema.ts'
import { list, map, object, required, text } from './schema.ts'
import { gatewayTlsRules, tlsAlpn01Rules } from './tls-alpn01-solver-rules.ts'

export interface TlsAlpn01Solver extends TypeOf<typeof tlsAlpn01Solver> {}
export interface TlsAlpn01GatewayTlsRoute extends TypeOf<typeof gatewayTLSRoute> {}
export interface TlsAlpn01IngressRouteTcp extends TypeOf<typeof ingressRouteTCP> {}

const gatewayTLSRoute = object(
  'Leads the CA to the operator by a TLSRoute of the Gateway API.',
  {
    labels: map(text(), 'Labels for the TLSRoute.'),
    parentRefs: required(list(parentReference, 'What the TLSRoute is attached to: a listener with protocol TLS and mode Passthrough.')),
  },
  { rules: gatewayTlsRules },
)

const ingressRouteTCP = object(
  'Leads the CA to the operator by an IngressRouteTCP of Traefik, for connections without ALPN h2 and http/1.1 only.',
  {
    labels: map(text(), 'Labels for the IngressRouteTCP.'),
    entryPoints: list(text(), 'Entry points of Traefik; its default ones when left out.'),
    class: text('Class of the Traefik that is to serve it, as annotation kubernetes.io/ingress.class.'),
  },
)

/** Proves control by a TLS certificate (RFC 8737). */
export const tlsAlpn01Solver = object(
  'Proves control by a TLS certificate on port 443; name exactly one of gatewayTLSRoute and ingressRouteTCP. Not known to cert-manager.',
  { gatewayTLSRoute, ingressRouteTCP },
  { rules: tlsAlpn01Rules },
)
