import { acmeSolver } from './acme-solver.ts'
import { ageColumn, issuerFields } from './columns.ts'
import type { KindDefinition } from './kind-definition.ts'
import { acmeState } from './order.ts'
import { issuerReference } from './references.ts'
import type { KubeObject } from './resource.ts'
import { challenges } from './resources.ts'
import type { TypeOf } from './schema.ts'
import { bare, choice, flag, object, required, text, time } from './schema.ts'
import { challengeSpecRules } from './challenge-rules.ts'

export interface Challenge extends KubeObject {
  readonly spec: ChallengeSpec
  readonly status?: ChallengeStatus
}
export interface ChallengeSpec extends TypeOf<typeof spec> {}
export interface ChallengeStatus extends TypeOf<typeof status> {}

const spec = object(
  'What is to be proved; it cannot be changed.',
  {
    url: required(text('URL of the challenge.')),
    authorizationURL: required(text('URL of the authorization.')),
    dnsName: required(text('The name or address to be proved, without a leading *.')),
    wildcard: flag('Whether the order was for a wildcard name.'),
    type: required(choice(['HTTP-01', 'DNS-01', 'TLS-ALPN-01', 'DNS-PERSIST-01'], 'Kind of challenge.')),
    token: required(text('Token of the challenge.')),
    key: required(text('What is published: the key authorization, its digest for DNS-01, the value of the TXT record for DNS-PERSIST-01.')),
    solver: required(bare(acmeSolver)),
    issuerRef: required(issuerReference),
  },
  { rules: challengeSpecRules },
)

const status = object('Where the challenge stands.', {
  processing: flag('Whether it is being worked on.'),
  presented: flag('Whether the answer has been published.'),
  presentedAt: time('When the answer was published.'),
  reason: text('Why it is in that state.'),
  state: acmeState,
})

/** The Challenge kind: one ACME challenge (RFC 8555 section 7.1.5). */
export const challengeDefinition: KindDefinition = {
  resource: challenges,
  description: 'A Challenge follows one challenge of an ACME order.',
  categories: ['cert-manager', 'cert-manager-acme'],
  columns: [
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Domain', type: 'string', jsonPath: '.spec.dnsName' },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason', priority: 1 },
    ageColumn,
  ],
  selectableFields: issuerFields,
  spec,
  status,
  required: ['metadata', 'spec'],
}
