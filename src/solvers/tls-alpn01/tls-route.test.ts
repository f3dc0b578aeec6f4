import { describe, expect, test } from 'vitest'

import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver, Issuer } from '../../crds/issuer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { alphaTlsRoutes, tlsRoutes, type TLSRoute } from '../../kube/gateway-api.ts'
import type { Informer } from '../../kube/lister.ts'
import { ingressRouteTcp } from './ingress-route-tcp.ts'
import { tlsRoute, tlsRoutePublication } from './tls-route.ts'

const challenge = (dnsName = 'a.example'): Challenge => ({
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Challenge',
  metadata: { name: 'web-1-1-1', namespace: 'shop', uid: 'c1' },
  spec: {
    url: 'u',
    authorizationURL: 'a',
    dnsName,
    type: 'TLS-ALPN-01',
    token: 'tok',
    key: 'tok.thumbprint',
    solver: {},
    issuerRef: { name: 'le' },
  },
})
const config = { parentRefs: [{ name: 'edge' }], labels: { app: 'x', 'acme.cert-manager.io/http01-solver': 'mine' } }
const wanted = tlsRoute(challenge(), config)

describe('the TLSRoute of a Challenge', () => {
  test('leads all of the name to the operator, and is found again by our labels', () => {
    expect(wanted.spec).toEqual({
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
      hostnames: ['a.example'],
      rules: [{ backendRefs: [{ group: '', kind: 'Service', name: 'certwright-tls-alpn-solver', port: 8443, weight: 1 }] }],
    })
    expect(wanted.metadata.labels).toMatchObject({ app: 'x', 'acme.cert-manager.io/http01-solver': 'true' })
  })

  test('names an address by its reverse name', () => {
    expect(tlsRoute(challenge('192.0.2.7'), config).spec?.hostnames).toEqual(['7.2.0.192.in-addr.arpa'])
  })

  const solver: AcmeSolver = { tlsALPN01: { gatewayTLSRoute: config } }
  const issuer: Issuer = { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name: 'le' }, spec: {} }
  const presentation = { challenge: challenge(), issuer, solver }
  const right: TLSRoute = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'TLSRoute', ...wanted }
  // Looking never writes.
  const cluster = {} as unknown as Cluster

  test.each<
    [
      when: string,
      served: { readonly v1: boolean; readonly alpha: boolean },
      v1: readonly TLSRoute[],
      alpha: readonly TLSRoute[],
      is: boolean,
    ]
  >([
    ['v1 is served, by v1', { v1: true, alpha: true }, [right], [], true],
    ['v1 is served, whatever the other version shows', { v1: true, alpha: true }, [], [right], false],
    ['only v1alpha2 is served, by that', { v1: false, alpha: true }, [], [right], true],
    [
      'another host stands there, never',
      { v1: true, alpha: false },
      [{ ...right, spec: { ...right.spec, hostnames: ['b.example'] } }],
      [],
      false,
    ],
    ['there are two, never', { v1: true, alpha: false }, [right, right], [], false],
  ])('counts as right, when %s', (_when, served, v1, alpha, is) => {
    const publication = tlsRoutePublication(cluster, [
      { resource: tlsRoutes, informer: informerOf(v1, served.v1) },
      { resource: alphaTlsRoutes, informer: informerOf(alpha, served.alpha) },
    ])
    expect(publication?.isRight(presentation)).toBe(is)
  })
})

describe('the IngressRouteTCP of a Challenge', () => {
  test('leaves out whoever offers HTTP, and has the class that the issuer names', () => {
    const route = ingressRouteTcp(challenge('2001:db8::1'), { class: 'edge' })
    expect(route.metadata.annotations).toEqual({ 'kubernetes.io/ingress.class': 'edge' })
    expect(route.spec?.routes?.[0]?.match).toBe(
      'HostSNI(`1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa`) && !ALPN(`h2`) && !ALPN(`http/1.1`)',
    )
  })

  test('is for the default entry points where the issuer names none', () => {
    expect(ingressRouteTcp(challenge(), {}).spec).not.toHaveProperty('entryPoints')
  })
})

/** A cache with these objects, all of them of our Challenge. */
function informerOf(objects: readonly TLSRoute[], isSynced: boolean): Informer<TLSRoute> {
  return {
    get: () => objects[0],
    list: () => objects,
    index: () => () => objects,
    onChange: () => () => {},
    isSynced: () => isSynced,
  }
}
