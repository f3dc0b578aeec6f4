import { gatewayRules, http01Rules, ingressRules } from './http01-solver-rules.ts'
import { podTemplate, templateMetadata } from './pod-template.ts'
import type { TypeOf } from './schema.ts'
import { integer, list, map, object, required, text } from './schema.ts'

export interface Http01Solver extends TypeOf<typeof http01Solver> {}
export interface Http01Ingress extends TypeOf<typeof ingress> {}
export interface Http01GatewayHttpRoute extends TypeOf<typeof gatewayHTTPRoute> {}
export interface ParentReference extends TypeOf<typeof parentReference> {}

const serviceType = text('ClusterIP or NodePort, for the Service in front of the solver.')
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = String.raw`${label}(\.${label})*`

const ingress = object(
  'Publishes the answer through an Ingress.',
  {
    ingressClassName: text('Ingress class, as spec.ingressClassName of the Ingress.', { maxLength: 253 }),
    class: text('Ingress class, as annotation kubernetes.io/ingress.class of the Ingress.'),
    name: text('An existing Ingress to which the path is added.'),
    serviceType,
    podTemplate,
    ingressTemplate: object('What is put on the Ingress besides the path.', { metadata: templateMetadata }),
  },
  { rules: ingressRules },
)

/** What a route of the Gateway API is attached to. */
export const parentReference = object('A Gateway or ListenerSet to which the route is attached.', {
  group: text('API group of the parent.', { default: 'gateway.networking.k8s.io', maxLength: 253, pattern: `^$|^${subdomain}$` }),
  kind: text('Kind of the parent.', { default: 'Gateway', minLength: 1, maxLength: 63, pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$' }),
  namespace: text('Namespace of the parent; that of the Challenge by default.', { minLength: 1, maxLength: 63, pattern: `^${label}$` }),
  name: required(text('Name of the parent.', { minLength: 1, maxLength: 253 })),
  sectionName: text('Listener of the parent.', { minLength: 1, maxLength: 253, pattern: `^${subdomain}$` }),
  port: integer('Port of the parent.', { format: 'int32', minimum: 1, maximum: 65_535 }),
})

const gatewayHTTPRoute = object(
  'Publishes the answer through an HTTPRoute of the Gateway API.',
  {
    labels: map(text(), 'Labels for the HTTPRoute.'),
    parentRefs: list(parentReference, 'What the HTTPRoute is attached to; annotations of the Certificate can name it instead.'),
    serviceType,
    podTemplate,
  },
  { rules: gatewayRules },
)

/** Proves control by a web page (RFC 8555 section 8.3). */
export const http01Solver = object(
  'Proves control by a web page; name exactly one of ingress and gatewayHTTPRoute.',
  {
    ingress,
    gatewayHTTPRoute,
  },
  { rules: http01Rules },
)
