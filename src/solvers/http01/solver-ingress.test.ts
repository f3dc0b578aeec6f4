import { expect, test } from 'vitest'

import type { Challenge } from '../../crds/challenge.ts'
import type { Http01Ingress } from '../../crds/issuer.ts'
import type { IngressRule } from '../../kube/kinds.ts'
import { hasSolverPath, solverIngress, withoutSolverPath, withSolverPath } from './solver-ingress.ts'

const options = { pathType: 'Exact', extraLabels: { team: 'edge', 'acme.cert-manager.io/http-token': 'mine' } } as const
const challenge = (dnsName = 'a.example'): Challenge => ({
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Challenge',
  metadata: { name: 'web-1-1-1', namespace: 'shop', uid: 'c1' },
  spec: {
    url: 'u',
    authorizationURL: 'a',
    dnsName,
    type: 'HTTP-01',
    token: 'tok',
    key: 'tok.thumbprint',
    solver: {},
    issuerRef: { name: 'le' },
  },
})
const target = (dnsName?: string) => ({ challenge: challenge(dnsName), service: 'cm-acme-http-solver' })
const ours = {
  path: '/.well-known/acme-challenge/tok',
  pathType: 'Exact' as const,
  backend: { service: { name: 'cm-acme-http-solver', port: { number: 8089 } } },
}
const theirs = { path: '/', pathType: 'Prefix' as const, backend: { service: { name: 'web', port: { number: 80 } } } }

test('the own Ingress leads exactly the path of the token to the solver Service', () => {
  expect(solverIngress(target(), {}, options)).toEqual({
    metadata: {
      name: 'cm-acme-http-solver-d0f631ca1d',
      namespace: 'shop',
      labels: {
        team: 'edge',
        'acme.cert-manager.io/http01-solver': 'true',
        'acme.cert-manager.io/http-domain': '278594428',
        'acme.cert-manager.io/http-token': '44564815',
      },
      annotations: { 'nginx.ingress.kubernetes.io/whitelist-source-range': '0.0.0.0/0,::/0' },
      ownerReferences: [
        {
          apiVersion: 'acme.cert-manager.io/v1',
          kind: 'Challenge',
          name: 'web-1-1-1',
          uid: 'c1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { rules: [{ host: 'a.example', http: { paths: [ours] } }] },
  })
})

test.each<[what: string, config: Http01Ingress, then: object]>([
  ['ingressClassName', { ingressClassName: 'nginx' }, { spec: { ingressClassName: 'nginx' } }],
  ['class', { class: 'nginx' }, { metadata: { annotations: { 'kubernetes.io/ingress.class': 'nginx' } } }],
  [
    'labels of a template',
    { ingressTemplate: { metadata: { labels: { app: 'x' } } } },
    { metadata: { labels: { app: 'x', team: 'edge' } } },
  ],
  [
    'annotations of a template',
    { ingressTemplate: { metadata: { annotations: { a: 'b' } } } },
    { metadata: { annotations: { a: 'b', 'nginx.ingress.kubernetes.io/whitelist-source-range': '0.0.0.0/0,::/0' } } },
  ],
])('the own Ingress has %s', (_what, config, then) => {
  expect(solverIngress(target(), config, options)).toMatchObject(then)
})

test('an allow-list of the template stands in the place of the default one', () => {
  const annotations = { 'nginx.org/whitelist-source-range': '10.0.0.0/8' }
  expect(solverIngress(target(), { ingressTemplate: { metadata: { annotations } } }, options).metadata.annotations).toEqual(annotations)
})

test('without any class the Ingress names none, so that the default class serves it', () => {
  const ingress = solverIngress(target(), {}, options)
  expect(ingress.spec?.ingressClassName).toBeUndefined()
  expect(ingress.metadata.annotations).not.toHaveProperty('kubernetes.io/ingress.class')
})

test.each(['192.0.2.7', '2001:db8::7'])('the rule for the address %s has no host, because an Ingress cannot name an address', (address) => {
  expect(solverIngress(target(address), {}, options).spec?.rules).toEqual([{ http: { paths: [ours] } }])
})

const rule = (host: string | undefined, ...paths: readonly (typeof ours | typeof theirs)[]): IngressRule => ({
  ...(host === undefined ? {} : { host }),
  http: { paths },
})

test.each<[when: string, before: readonly IngressRule[] | undefined, after: readonly IngressRule[]]>([
  ['the Ingress has no rule', undefined, [rule('a.example', ours)]],
  ['the host has no rule', [rule('b.example', theirs)], [rule('b.example', theirs), rule('a.example', ours)]],
  ['the host has a rule', [rule('a.example', theirs)], [rule('a.example', ours, theirs)]],
  ['the host has a rule without paths', [{ host: 'a.example' }], [{ host: 'a.example' }, rule('a.example', ours)]],
  ['the path leads elsewhere', [rule('a.example', { ...ours, backend: theirs.backend }, theirs)], [rule('a.example', ours, theirs)]],
  ['only a rule for all hosts exists', [rule(undefined, theirs)], [rule(undefined, theirs), rule('a.example', ours)]],
])('when %s, the path is added there and taken away again without a trace', (_when, before, after) => {
  const added = withSolverPath(before, target(), options)
  expect(added).toEqual(after)
  expect(hasSolverPath(added, target())).toBe(true)
  const cleaned = withoutSolverPath(added, challenge())
  expect(hasSolverPath(cleaned, target())).toBe(false)
  expect(cleaned).toEqual(withoutSolverPath(before, challenge()))
})

test('the path of another Challenge is left alone', () => {
  const other = { ...ours, path: '/.well-known/acme-challenge/other' }
  expect(withoutSolverPath([rule('a.example', ours, other, theirs)], challenge())).toEqual([rule('a.example', other, theirs)])
})

test('a path that leads to another Service does not count as presented', () => {
  expect(hasSolverPath([rule('a.example', { ...ours, backend: theirs.backend })], target())).toBe(false)
})
