import { describe, expect, test } from 'vitest'

import type { Challenge } from '../../crds/challenge.ts'
import type { HTTPRoute } from '../../kube/gateway-api.ts'
import { isRouteRight, solverRoute } from './solver-route.ts'

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
const config = { parentRefs: [{ name: 'edge' }], labels: { app: 'x', 'acme.cert-manager.io/http01-solver': 'mine' } }
const wanted = solverRoute(target(), config, { team: 'edge', app: 'y' })

describe('the route of a Challenge', () => {
  test('leads exactly the path of the token to the solver Service, with all that the API server would add', () => {
    expect(wanted).toEqual({
      metadata: {
        name: 'cm-acme-http-solver-d0f631ca1d',
        namespace: 'shop',
        labels: {
          team: 'edge',
          app: 'x',
          'acme.cert-manager.io/http01-solver': 'true',
          'acme.cert-manager.io/http-domain': '278594428',
          'acme.cert-manager.io/http-token': '44564815',
        },
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
      spec: {
        parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
        hostnames: ['a.example'],
        rules: [
          {
            matches: [{ path: { type: 'Exact', value: '/.well-known/acme-challenge/tok' } }],
            backendRefs: [{ group: '', kind: 'Service', name: 'cm-acme-http-solver', port: 8089, weight: 1 }],
          },
        ],
      },
    })
  })

  test('takes over all that the solver says of its parents', () => {
    const parentRefs = [
      { group: 'example.com', kind: 'Mesh', namespace: 'infra', name: 'mesh', sectionName: 'http', port: 80 },
      { name: 'edge' },
    ]
    expect(solverRoute(target(), { parentRefs }, {}).spec?.parentRefs).toEqual([
      parentRefs[0],
      { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' },
    ])
  })

  test.each(['192.0.2.1', '2001:db8::1'])('for the address %s serves every host', (address) => {
    expect(solverRoute(target(address), config, {}).spec).not.toHaveProperty('hostnames')
  })
})

describe('a route in the cluster', () => {
  const standing = (change: (spec: NonNullable<HTTPRoute['spec']>) => object = (spec) => spec, labels: object = {}): HTTPRoute => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { ...wanted.metadata, labels: { ...wanted.metadata.labels, ...labels } },
    spec: change(wanted.spec ?? {}),
  })

  test.each<[what: string, route: HTTPRoute]>([
    ['as it was made', standing()],
    ['with a label more', standing(undefined, { extra: 'yes' })],
    ['with fields that a later version adds', standing((spec) => ({ ...spec, useDefaultGateways: 'None' }))],
  ])('is right %s', (_what, route) => {
    expect(isRouteRight(route, wanted)).toBe(true)
  })

  test.each<[what: string, route: HTTPRoute]>([
    ['another host', standing((spec) => ({ ...spec, hostnames: ['b.example'] }))],
    ['one host more', standing((spec) => ({ ...spec, hostnames: ['a.example', 'b.example'] }))],
    ['no rules', standing((spec) => ({ ...spec, rules: [] }))],
    ['another backend', standing((spec) => ({ ...spec, rules: [{ ...spec.rules?.[0], backendRefs: [{ name: 'web', port: 80 }] }] }))],
    ['another Gateway', standing((spec) => ({ ...spec, parentRefs: [{ name: 'other' }] }))],
    ['no label that finds it', standing(undefined, { 'acme.cert-manager.io/http01-solver': 'false' })],
  ])('is wrong with %s', (_what, route) => {
    expect(isRouteRight(route, wanted)).toBe(false)
  })

  test('is wrong with a host when it is for an address', () => {
    expect(isRouteRight(standing(), solverRoute(target('192.0.2.1'), config, {}))).toBe(false)
  })
})
