import type { TestObject } from './crds-objects.ts'
import { base64, certificateRequest, challenge, order, pem, withBothSymbols } from './crds-objects.ts'

/** What an object was, the merge patch of it or of its status, and a part of the refusal; undefined when it is taken. */
export type Update = readonly [
  title: string,
  before: TestObject & { readonly status?: unknown },
  patch: object,
  refusal: string | undefined,
]

const ok = undefined
const at = '2026-01-01T00:00:00Z'
const approved = { type: 'Approved', status: 'True', reason: 'r', message: 'm', lastTransitionTime: at }
const denied = { ...approved, type: 'Denied' }
const conditions = (...list: readonly object[]) => ({ status: { conditions: list } })
const request = { ...certificateRequest({ duration: '1h', usages: ['any'], username: 'jane', issuerRef: { name: 'ca', group: '' } }) }
const anotherCsr = pem('CERTIFICATE REQUEST', 'another\n')
const oddRequest = certificateRequest({ request: withBothSymbols })
const approvedRequest = { ...request, ...conditions(approved) }
const webhook = { dns01: { webhook: { groupName: 'g', solverName: 's', config: { a: 1 } } } }
const oddOrder = { ...order({ request: withBothSymbols }), status: { certificate: withBothSymbols } }
const seen = { url: 'https://acme.example/order/1', finalizeURL: 'https://acme.example/finalize/1' }
const filledIn = { url: 'https://acme.example/authorization/1', identifier: 'web.example', initialState: 'pending', wildcard: false }
const offered = { url: 'https://acme.example/challenge/1', type: 'http-01', token: 'token' }
const authorizations = (...list: readonly object[]) => ({ status: { authorizations: list } })
const unchangeable = 'spec cannot be changed; make a new CertificateRequest instead'

/** Changes to objects that exist, and what the API server says to each. */
export const updateTable: readonly Update[] = [
  ['a CertificateRequest is labeled', request, { metadata: { labels: { a: 'b' } } }, ok],
  [
    'a CertificateRequest is written back by a Go client',
    request,
    { spec: { duration: '1h0m0s', isCA: false, groups: [], extra: {}, uid: '', issuerRef: { group: null } } },
    ok,
  ],
  ['the CSR of a CertificateRequest changes', request, { spec: { request: anotherCsr } }, unchangeable],
  ['the issuer of a CertificateRequest changes', request, { spec: { issuerRef: { name: 'other' } } }, unchangeable],
  ['the kind of issuer of a CertificateRequest changes', request, { spec: { issuerRef: { kind: 'ClusterIssuer' } } }, unchangeable],
  ['the group of issuer of a CertificateRequest changes', request, { spec: { issuerRef: { group: 'x.example' } } }, unchangeable],
  ['the duration of a CertificateRequest changes', request, { spec: { duration: '2h' } }, unchangeable],
  ['the duration of a CertificateRequest is removed', request, { spec: { duration: null } }, unchangeable],
  ['a CertificateRequest becomes one for a CA', request, { spec: { isCA: true } }, unchangeable],
  ['a usage is added to a CertificateRequest', request, { spec: { usages: ['any', 'signing'] } }, unchangeable],
  ['the usages of a CertificateRequest are removed', request, { spec: { usages: null } }, unchangeable],
  ['the requester changes', request, { spec: { username: 'joe' } }, unchangeable],
  ['the UID of the requester is added', request, { spec: { uid: '7' } }, unchangeable],
  ['a group of the requester is added', request, { spec: { groups: ['system:masters'] } }, unchangeable],
  ['something about the requester is added', request, { spec: { extra: { a: ['b'] } } }, unchangeable],

  ['a CertificateRequest is approved', request, conditions(approved), ok],
  ['a CertificateRequest with + and / in its base64 is approved', oddRequest, conditions(approved), ok],
  ['a CertificateRequest gets a certificate with + and /', approvedRequest, { status: { certificate: withBothSymbols } }, ok],
  ['the CSR with + and / of a CertificateRequest changes', oddRequest, { spec: { request: anotherCsr } }, unchangeable],
  ['a CertificateRequest is denied', request, conditions(denied), ok],
  ['an approved CertificateRequest is issued', approvedRequest, conditions(approved, { type: 'Ready', status: 'True' }), ok],
  [
    'a CertificateRequest is approved with status False',
    request,
    conditions({ ...approved, status: 'False' }),
    'can only have status True',
  ],
  ['a CertificateRequest is approved and denied', request, conditions(approved, denied), 'a request is either Approved or Denied'],
  ['a CertificateRequest is denied with status False', request, conditions({ ...denied, status: 'False' }), 'can only have status True'],
  ['a CertificateRequest is approved twice at once', request, conditions(approved, approved), 'Duplicate value'],
  [
    'a denied CertificateRequest is approved',
    { ...request, ...conditions(denied) },
    conditions(denied, approved),
    'a request is either Approved or Denied',
  ],
  ['an approved CertificateRequest is denied', approvedRequest, conditions(approved, denied), 'a request is either Approved or Denied'],
  [
    'the reason of an approval changes',
    approvedRequest,
    conditions({ ...approved, reason: 'other' }),
    'cannot be changed once they are set',
  ],
  [
    'the message of an approval changes',
    approvedRequest,
    conditions({ ...approved, message: 'other' }),
    'cannot be changed once they are set',
  ],
  [
    'the time of an approval changes',
    approvedRequest,
    conditions({ ...approved, lastTransitionTime: '2026-01-02T00:00:00Z' }),
    'cannot be changed once they are set',
  ],
  ['an approval is removed', approvedRequest, conditions(), 'condition Approved cannot be removed'],
  [
    'all conditions of an approved CertificateRequest are removed',
    approvedRequest,
    { status: { conditions: null } },
    'condition Approved cannot be removed',
  ],
  ['the status of an approved CertificateRequest is removed', approvedRequest, { status: null }, 'condition Approved cannot be removed'],
  ['a denial is removed', { ...request, ...conditions(denied) }, { status: null }, 'condition Denied cannot be removed'],

  ['the CSR of an Order changes', order(), { spec: { request: base64('another CSR') } }, 'spec.request cannot be changed'],
  ['the profile of an Order changes', order(), { spec: { profile: 'shortlived' } }, ok],
  ['an Order gets its URL', order(), { status: seen }, ok],
  ['an Order with its URL gets a state', { ...order(), status: seen }, { status: { state: 'ready' } }, ok],
  [
    'the URL of an Order changes',
    { ...order(), status: seen },
    { status: { url: 'https://acme.example/order/2' } },
    'status.url cannot be changed',
  ],
  ['the URL of an Order is removed', { ...order(), status: seen }, { status: { url: null } }, 'status.url cannot be changed'],
  ['the status of an Order is removed', { ...order(), status: seen }, { status: null }, 'status.url cannot be changed'],
  [
    'the finalize URL of an Order changes',
    { ...order(), status: seen },
    { status: { finalizeURL: 'https://acme.example/finalize/2' } },
    'status.finalizeURL cannot be changed',
  ],
  ['an Order gets its certificate', { ...order(), status: seen }, { status: { certificate: base64('a chain') } }, ok],
  ['an Order with + and / in its base64 gets a state', oddOrder, { status: { state: 'valid' } }, ok],
  [
    'the certificate with + and / of an Order changes',
    oddOrder,
    { status: { certificate: base64('another') } },
    'status.certificate cannot be changed',
  ],
  [
    'the certificate of an Order changes',
    { ...order(), status: { certificate: base64('a chain') } },
    { status: { certificate: base64('another') } },
    'status.certificate cannot be changed',
  ],
  ['an Order gets its authorizations', { ...order(), status: seen }, authorizations({ url: filledIn.url }), ok],
  ['an authorization is filled in', { ...order(), ...authorizations({ url: filledIn.url }) }, authorizations(filledIn), ok],
  [
    'an authorization that is partly filled in gets another name',
    { ...order(), ...authorizations({ url: filledIn.url, identifier: 'web.example' }) },
    authorizations({ ...filledIn, identifier: 'other.example' }),
    'of status.authorizations cannot be changed once it is set',
  ],
  [
    'the initial state of an authorization changes',
    { ...order(), ...authorizations(filledIn) },
    authorizations({ ...filledIn, initialState: 'valid' }),
    'of status.authorizations cannot be changed once it is set',
  ],
  [
    'an authorization becomes one for a wildcard',
    { ...order(), ...authorizations(filledIn) },
    authorizations({ ...filledIn, wildcard: true }),
    'of status.authorizations cannot be changed once it is set',
  ],
  [
    'the wildcard flag of an authorization is removed',
    { ...order(), ...authorizations(filledIn) },
    authorizations({ ...filledIn, wildcard: undefined }),
    'of status.authorizations cannot be changed once it is set',
  ],
  ...[
    { ...offered, url: 'https://acme.example/challenge/2' },
    { ...offered, type: 'dns-01' },
    { ...offered, token: 'other' },
  ].map((other): Update => [
    `a challenge of an authorization becomes ${JSON.stringify(other)}`,
    { ...order(), ...authorizations({ ...filledIn, challenges: [offered] }) },
    authorizations({ ...filledIn, challenges: [other] }),
    'of status.authorizations cannot be changed once it is set',
  ]),
  [
    'a challenge is added to an authorization',
    { ...order(), ...authorizations({ ...filledIn, challenges: [offered] }) },
    authorizations({ ...filledIn, challenges: [offered, { ...offered, type: 'dns-01' }] }),
    'of status.authorizations cannot be changed once it is set',
  ],
  [
    'an authorization is added',
    { ...order(), ...authorizations({ url: filledIn.url }) },
    authorizations({ url: filledIn.url }, filledIn),
    'can neither grow nor shrink',
  ],
  [
    'the authorizations are removed',
    { ...order(), ...authorizations(filledIn) },
    { status: { authorizations: null } },
    'can neither grow nor shrink',
  ],
  [
    'an authorization is for another name',
    { ...order(), ...authorizations(filledIn) },
    authorizations({ ...filledIn, identifier: 'other.example' }),
    'of status.authorizations cannot be changed once it is set',
  ],
  [
    'an authorization has another URL',
    { ...order(), ...authorizations(filledIn) },
    authorizations({ ...filledIn, url: 'https://acme.example/authorization/2' }),
    'of status.authorizations cannot be changed once it is set',
  ],

  ['a Challenge gets a state', challenge(), { status: { state: 'valid', presented: true } }, ok],
  [
    'a Challenge is written back by a Go client',
    challenge({ issuerRef: { name: 'acme', kind: '' } }),
    { spec: { wildcard: false, issuerRef: { kind: null } } },
    ok,
  ],
  ...['url', 'authorizationURL', 'dnsName', 'token', 'key'].map((name): Update => [
    `the ${name} of a Challenge changes`,
    challenge(),
    { spec: { [name]: 'other' } },
    'spec cannot be changed',
  ]),
  ['the type of a Challenge changes', challenge(), { spec: { type: 'DNS-01' } }, 'spec cannot be changed'],
  ['a Challenge becomes one for a wildcard', challenge(), { spec: { wildcard: true } }, 'spec cannot be changed'],
  ['the issuer of a Challenge changes', challenge(), { spec: { issuerRef: { kind: 'ClusterIssuer' } } }, 'spec cannot be changed'],
  [
    'the solver of a Challenge changes',
    challenge(),
    { spec: { solver: { http01: { ingress: { class: 'nginx' } } } } },
    'spec cannot be changed',
  ],
  [
    'the webhook of a Challenge is told something else',
    challenge({ solver: webhook }),
    { spec: { solver: { dns01: { webhook: { config: { a: 2 } } } } } },
    'spec cannot be changed',
  ],
]
