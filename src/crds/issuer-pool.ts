import { ageColumn, conditionColumn } from './columns.ts'
import { conditions } from './condition.ts'
import { clusterPoolRules, poolRules } from './issuer-pool-rules.ts'
import type { KindDefinition } from './kind-definition.ts'
import type { KubeObject } from './resource.ts'
import { clusterIssuerPools, issuerPools } from './resources.ts'
import { durationRules } from './rules.ts'
import type { Rule, TypeOf } from './schema.ts'
import { choice, duration, keyedList, list, object, required, text, time } from './schema.ts'

export interface IssuerPool extends KubeObject {
  readonly kind: 'IssuerPool'
  readonly spec: IssuerPoolSpec
  readonly status?: IssuerPoolStatus
}
export interface ClusterIssuerPool extends KubeObject {
  readonly kind: 'ClusterIssuerPool'
  readonly spec: IssuerPoolSpec
  readonly status?: IssuerPoolStatus
}
export interface IssuerPoolSpec extends TypeOf<ReturnType<typeof spec>> {}
export interface IssuerPoolStatus extends TypeOf<typeof status> {}
export interface PoolMemberReference extends TypeOf<ReturnType<typeof member>> {}
export interface PoolMemberStatus extends TypeOf<typeof memberStatus> {}
export type MoveOnCause = TypeOf<typeof cause>

const cause = choice(['Outage', 'RateLimit', 'Refusal', 'Validation'])

const member = (defaultKind: 'Issuer' | 'ClusterIssuer') =>
  object('One issuer of the pool.', {
    name: required(text('Name of the issuer.', { maxLength: 253 })),
    kind: required(choice(['Issuer', 'ClusterIssuer'], 'Issuer or ClusterIssuer.', { default: defaultKind })),
  })

const waiting = { maxLength: 64, rules: durationRules }

const spec = (defaultKind: 'Issuer' | 'ClusterIssuer', rules: readonly Rule[]) =>
  object(
    'Which issuers sign, in this order, and when the next one is asked.',
    {
      issuers: required(list(member(defaultKind), 'The issuers, the preferred one first.', { maxItems: 10 })),
      moveOn: list(
        cause,
        'What makes a request move on to the next issuer: Outage, RateLimit and Refusal by default; Validation too, if another CA may look at a name differently.',
        { maxItems: 4 },
      ),
      maxWait: duration(
        'How long a request waits for an issuer that is out of reach, not Ready or over its rate limit; 5m by default.',
        waiting,
      ),
      comeBackAfter: duration('How long an issuer that was given up is left alone by new requests; 1h by default.', waiting),
    },
    { rules },
  )

const memberStatus = object('How one issuer of the pool is.', {
  kind: required(text('Issuer or ClusterIssuer.')),
  name: required(text('Name of the issuer.')),
  health: required(choice(['Healthy', 'NotReady', 'HeldDown'], 'HeldDown: new requests leave it alone until the time below.')),
  reason: text('Why, in one word for programs.'),
  message: text('Why, in a sentence for people.'),
  since: time('Since when.'),
  until: time('When a held down issuer is asked again.'),
})

const status = object('How the issuers of the pool are.', {
  conditions,
  active: text('The issuer that new requests begin with, as kind/name.'),
  members: keyedList(memberStatus, ['kind', 'name'], 'One entry for each issuer of the pool.'),
})

const shared = {
  categories: ['cert-manager', 'certwright'],
  columns: [
    conditionColumn('Ready', 'Ready', 'status'),
    { name: 'Active', type: 'string' as const, jsonPath: '.status.active' },
    { ...conditionColumn('Status', 'Ready', 'message'), priority: 1 as const },
    ageColumn,
  ],
  status,
  required: ['spec'],
}

/** The IssuerPool kind: fail-over for one namespace. */
export const issuerPoolDefinition: KindDefinition = {
  resource: issuerPools,
  description: 'An IssuerPool signs by the first of its issuers that can; it may name Issuers of its namespace and ClusterIssuers.',
  shortNames: ['ipool'],
  ...shared,
  spec: spec('Issuer', poolRules),
}

/** The ClusterIssuerPool kind: fail-over for all namespaces. */
export const clusterIssuerPoolDefinition: KindDefinition = {
  resource: clusterIssuerPools,
  description: 'A ClusterIssuerPool signs in every namespace by the first of its ClusterIssuers that can.',
  shortNames: ['cipool'],
  ...shared,
  spec: spec('ClusterIssuer', clusterPoolRules),
}
