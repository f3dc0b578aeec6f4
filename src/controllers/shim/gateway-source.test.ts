import { expect, test } from 'vitest'
import type { Gateway, ListenerSet } from '../../kube/gateway-api.ts'
import { gatewaySource, listenerSetSource, parentGateway } from './gateway-source.ts'

const listening = { extraProtocols: [] }

test('answers for a Gateway are attached to itself', () => {
  expect(gatewaySource(aGateway({}), listening).http01Parent).toEqual({ kind: 'Gateway', name: 'edge' })
})

test.each<[own: object, ofGateway: object, annotations: object]>([
  [{}, { issuer: 'ca' }, { issuer: 'ca' }],
  [{}, { 'cluster-issuer': 'ca' }, { 'cluster-issuer': 'ca' }],
  [{ issuer: 'mine' }, { 'cluster-issuer': 'ca' }, { issuer: 'mine' }],
  [
    { issuer: 'mine' },
    { 'issuer-kind': 'Step', 'issuer-group': 'example.com' },
    { issuer: 'mine', 'issuer-kind': 'Step', 'issuer-group': 'example.com' },
  ],
  [{}, { duration: '24h' }, {}],
])('a ListenerSet with %j under a Gateway with %j has %j', (own, ofGateway, annotations) => {
  expect(listenerSetSource(aListenerSet(own), aGateway(ofGateway), listening).annotations).toEqual(prefixed(annotations))
})

test('answers for a ListenerSet are attached to itself, or to its Gateway where it asks for that', () => {
  expect(listenerSetSource(aListenerSet({}), aGateway({}), listening).http01Parent).toEqual({ kind: 'ListenerSet', name: 'more' })
  const falling = aListenerSet({ 'acme.cert-manager.io/http01-parentreffallback': 'true' })
  expect(listenerSetSource(falling, aGateway({}), listening).http01Parent).toEqual({ kind: 'Gateway', name: 'edge', namespace: 'platform' })
})

test('the Gateway of a ListenerSet is in its own namespace unless it says otherwise', () => {
  expect(parentGateway(aListenerSet({}))).toEqual({ namespace: 'platform', name: 'edge' })
  expect(parentGateway({ ...aListenerSet({}), spec: { parentRef: { name: 'edge' } } })).toEqual({ namespace: 'shop', name: 'edge' })
  expect(parentGateway({ ...aListenerSet({}), spec: {} })).toBeUndefined()
})

function aGateway(annotations: object): Gateway {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { namespace: 'platform', name: 'edge', annotations: prefixed(annotations) },
  }
}

function aListenerSet(annotations: object): ListenerSet {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ListenerSet',
    metadata: { namespace: 'shop', name: 'more', annotations: prefixed(annotations) },
    spec: { parentRef: { namespace: 'platform', name: 'edge' } },
  }
}

function prefixed(annotations: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key.includes('/') ? key : `cert-manager.io/${key}`, value]))
}
