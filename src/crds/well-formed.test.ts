import { expect, test } from 'vitest'
import { certificateDefinition } from './certificate.ts'
import { issuerDefinition } from './issuer.ts'
import { kinds } from './kinds.ts'
import type { KubeObject } from './resource.ts'
import { sampleOf } from './sample.test-support.ts'
import { wellFormed } from './well-formed.ts'

const metadata = { name: 'web', namespace: 'shop' }
const spec = { secretName: 'web-tls', issuerRef: { name: 'ca' }, dnsNames: ['web.example.com'] }

test.each(kinds.map((kind) => [kind.resource.kind, kind] as const))(
  'a %s with all its fields is taken as it is, and not copied',
  (kind, definition) => {
    const object = {
      apiVersion: 'v1',
      kind,
      metadata,
      spec: sampleOf(definition.spec.json, {}),
      status: sampleOf(definition.status.json, {}),
    }
    expect(wellFormed(definition)(object)).toBe(object)
  },
)

test.each<[what: string, spec: unknown, why: string]>([
  ['no spec', undefined, 'spec is missing'],
  ['null for its spec', null, 'spec is missing'],
  ['a text for its spec', 'x', 'spec is no map'],
  ['no issuer', { secretName: 'web-tls' }, 'spec lacks issuerRef'],
  ['null for a name', { ...spec, issuerRef: { name: null } }, 'spec.issuerRef lacks name'],
  ['a number for a name', { ...spec, secretName: 1 }, 'spec.secretName is no text'],
  ['a text for a list', { ...spec, dnsNames: 'web.example.com' }, 'spec.dnsNames is no list'],
  ['a number in a list of texts', { ...spec, dnsNames: ['a', 1] }, 'spec.dnsNames[1] is no text'],
  ['a text for a truth value', { ...spec, isCA: 'true' }, 'spec.isCA is no truth value'],
  ['a fraction', { ...spec, revisionHistoryLimit: 1.5 }, 'spec.revisionHistoryLimit is no whole number'],
  ['a number for a label', { ...spec, secretTemplate: { labels: { a: 1 } } }, 'spec.secretTemplate.labels.a is no text'],
])('a Certificate with %s is malformed, and its path is told', (_what, wrong, why) => {
  expect(() => certificateOf({ spec: wrong })).toThrow(expect.objectContaining({ code: 'crds/malformed', message: why }))
})

test('null in a spec means absent, in a list too', () => {
  expect(certificateOf({ spec: { ...spec, duration: null, uris: null, ipAddresses: ['10.0.0.1', null] } })).toMatchObject({
    spec: { ...spec, ipAddresses: ['10.0.0.1'] },
  })
})

test('a field that the schema does not know stays as it is', () => {
  expect(certificateOf({ spec: { ...spec, later: null } })).toMatchObject({ spec: { later: null } })
})

test('a solver webhook keeps its configuration, whatever it is', () => {
  const acme = {
    server: 'https://acme.example.com',
    privateKeySecretRef: { name: 'account' },
    solvers: [{ dns01: { webhook: { groupName: 'g', solverName: 's', config: { a: null } } } }],
  }
  const issuer = { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata, spec: { acme } }
  expect(wellFormed(issuerDefinition)(issuer)).toBe(issuer)
})

test.each<[what: string, status: unknown, kept: unknown]>([
  ['null', null, undefined],
  ['a list', [], undefined],
  ['a number for a time', { notAfter: 1, revision: 2 }, { revision: 2 }],
  ['a text for its conditions', { conditions: 'Ready' }, {}],
  [
    'a condition without a type',
    { conditions: [{ status: 'True' }, { type: 'Ready', status: 'True' }] },
    { conditions: [{ type: 'Ready', status: 'True' }] },
  ],
])('of a status that is %s, what is wrong is left out', (_what, status, kept) => {
  expect((certificateOf({ spec, status }) as unknown as { readonly status?: unknown }).status).toEqual(kept)
})

test.each<[what: string, more: object, kept: object]>([
  ['null for its labels', { labels: null }, {}],
  ['a number for an annotation', { annotations: { a: 1, b: 'c' } }, { annotations: { b: 'c' } }],
  ['an owner without a UID', { ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a' }] }, { ownerReferences: [] }],
])('of metadata with %s, what is wrong is left out', (_what, more, kept) => {
  expect(certificateOf({ spec, metadata: { ...metadata, ...more } }).metadata).toEqual({ ...metadata, ...kept })
})

test('an object without a name is malformed', () => {
  expect(() => certificateOf({ spec, metadata: {} })).toThrow('metadata needs a name')
})

function certificateOf(parts: object): KubeObject {
  return wellFormed<KubeObject>(certificateDefinition)({ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata, ...parts })
}
