import { expect, test } from 'vitest'
import type { GatewayListener } from '../../kube/gateway-api.ts'
import { readListeners } from './listeners.ts'

const served: GatewayListener = {
  name: 'web',
  hostname: 'web.example.com',
  protocol: 'HTTPS',
  tls: { mode: 'Terminate', certificateRefs: [{ group: '', kind: 'Secret', name: 'web-tls' }] },
}

function read(
  listeners: readonly GatewayListener[],
  annotations: Readonly<Record<string, string>> = {},
  extraProtocols: readonly string[] = [],
) {
  return readListeners({ listeners, namespace: 'shop', annotations, extraProtocols })
}

test('a listener that ends TLS asks for one certificate for its name', () => {
  expect(read([served])).toEqual({
    blocks: [{ secretName: 'web-tls', hosts: ['web.example.com'] }],
    skipped: [],
    secretNames: new Set(['web-tls']),
  })
})

test('listeners on one Secret share a certificate with all their names in order, and a listener may name several Secrets', () => {
  const both = {
    ...served,
    name: 'both',
    hostname: 'a.example.com',
    tls: { certificateRefs: [{ name: 'web-tls' }, { name: 'other-tls' }] },
  }
  expect(read([served, both]).blocks).toEqual([
    { secretName: 'web-tls', hosts: ['web.example.com', 'a.example.com'] },
    { secretName: 'other-tls', hosts: ['a.example.com'] },
  ])
})

test.each<[title: string, listener: GatewayListener, annotations?: Readonly<Record<string, string>>]>([
  ['that speaks HTTP', { name: 'web', protocol: 'HTTP', hostname: 'web.example.com' }],
  ['that passes TLS through', { ...served, protocol: 'TLS', tls: { ...served.tls, mode: 'Passthrough' } }],
  ['that an annotation names', served, { 'cert-manager.io/ignore-tls-listeners': 'other, web' }],
  ['of a protocol that nobody has named', { ...served, protocol: 'example.com/quic' }],
])('a listener %s is left alone, but its Secret counts as named', (_title, listener, annotations) => {
  const reading = read([listener], annotations)
  expect(reading).toMatchObject({ blocks: [], skipped: [] })
  expect([...reading.secretNames]).toEqual((listener.tls?.certificateRefs ?? []).map(({ name }) => name))
})

test('a listener of an extra protocol is served', () => {
  expect(read([{ ...served, protocol: 'example.com/quic' }], {}, ['example.com/quic']).blocks).toHaveLength(1)
})

test.each<[why: string, listener: GatewayListener]>([
  ['has no hostname', { ...served, hostname: '' }],
  ['has no tls', { name: 'web', protocol: 'TLS', hostname: 'web.example.com' }],
  ['has the TLS mode "Other", not Terminate', { ...served, tls: { ...served.tls, mode: 'Other' } }],
  ['has no tls.certificateRefs', { ...served, tls: { mode: 'Terminate' } }],
  ['names a ConfigMap as its certificate, not a Secret', { ...served, tls: { certificateRefs: [{ kind: 'ConfigMap', name: 'web-tls' }] } }],
  [
    'names a Secret of the namespace "other": it must be in that of the listener',
    { ...served, tls: { certificateRefs: [{ namespace: 'other', name: 'web-tls' }] } },
  ],
])('a listener is skipped when it %s', (why, listener) => {
  expect(read([served, listener])).toMatchObject({
    blocks: [{ secretName: 'web-tls' }],
    skipped: [`skipped a listener: spec.listeners[1] "web" ${why}`],
  })
})
