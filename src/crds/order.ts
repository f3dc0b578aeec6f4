import { ageColumn, issuerFields } from './columns.ts'
import type { KindDefinition } from './kind-definition.ts'
import { orderRules } from './order-rules.ts'
import { issuerReference } from './references.ts'
import type { KubeObject } from './resource.ts'
import { orders } from './resources.ts'
import { durationRules } from './rules.ts'
import type { TypeOf } from './schema.ts'
import { comparableBytes, choice, duration, flag, list, object, required, text, time } from './schema.ts'

export interface Order extends KubeObject {
  readonly spec: OrderSpec
  readonly status?: OrderStatus
}
export interface OrderSpec extends TypeOf<typeof spec> {}
export interface OrderStatus extends TypeOf<typeof status> {}
export interface OrderAuthorization extends TypeOf<typeof authorization> {}
export type OrderChallenge = NonNullable<OrderAuthorization['challenges']>[number]
export type AcmeState = TypeOf<typeof acmeState>

/** State of an order, an authorization or a challenge (RFC 8555 section 7.1.6), and `errored` for a request that the server refused. */
export const acmeState = choice(['valid', 'ready', 'pending', 'processing', 'invalid', 'expired', 'errored'], 'Where it stands.')

const authorization = object('One authorization of the order.', {
  url: required(text('URL of the authorization.')),
  identifier: text('The name or address to be proved.'),
  wildcard: flag('Whether it is for a wildcard name.'),
  initialState: acmeState,
  challenges: list(
    object('One way to prove control.', {
      url: required(text('URL of the challenge.')),
      token: required(text('Token of the challenge.')),
      type: required(text('Kind of challenge, for example http-01.')),
      issuerDomainNames: list(text(), 'For dns-persist-01: the names of the server that a record may have.'),
      accountHashPrefix: text(
        'For dns-persist-01: what stands before the hash of the account; without it, records name the account by its URL.',
      ),
    }),
    'Challenges that the server offers.',
  ),
})

const spec = object('What is ordered.', {
  request: required(comparableBytes('The CSR as PEM.')),
  issuerRef: required(issuerReference),
  commonName: text('Common name in the CSR.'),
  dnsNames: list(text(), 'DNS names in the CSR.'),
  ipAddresses: list(text(), 'IP addresses in the CSR.'),
  duration: duration('Asks the server for a certificate that is valid this long.', { rules: durationRules }),
  profile: text('ACME profile to ask for.'),
  replaces: text('ARI identifier of the certificate that this one replaces (RFC 9773 section 5).'),
})

const status = object('Where the order stands.', {
  url: text('URL of the order.'),
  finalizeURL: text('URL to which the CSR is sent.'),
  authorizations: list(authorization, 'Authorizations that the server wants.', { maxItems: 10_000 }),
  certificate: comparableBytes('The issued chain as PEM.'),
  state: acmeState,
  reason: text('Why it is in that state.'),
  failureTime: time('When it failed.'),
})

/** The Order kind: an ACME order (RFC 8555 section 7.1.3). */
export const orderDefinition: KindDefinition = {
  resource: orders,
  description: 'An Order follows one order at an ACME server.',
  categories: ['cert-manager', 'cert-manager-acme'],
  columns: [
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Issuer', type: 'string', jsonPath: '.spec.issuerRef.name', priority: 1 },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason', priority: 1 },
    ageColumn,
  ],
  selectableFields: issuerFields,
  spec,
  status,
  required: ['metadata', 'spec'],
  rules: orderRules,
}
