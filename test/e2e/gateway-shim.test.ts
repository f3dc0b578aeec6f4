import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificates } from '../../src/crds/resources.ts'
import { gateways, listenerSets } from '../../src/kube/gateway-api.ts'
import type { Gateway, GatewayListener } from '../../src/kube/gateway-api.ts'
import { untilServed } from '../demo/served-chain.ts'
import type { IngressController } from '../testbed/ingress-controller.ts'
import { operatorLog } from '../testbed/operator.ts'
import { ensureTools } from '../testbed/toolchain.ts'
import { prefixed } from './annotated-ingress.ts'
import type { ClusterUser } from './cluster-user.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { triggerIssuance } from './trigger-issuance.ts'

// The operator is there before the kinds of the Gateway API.
const underTest = operatorUnderTest({
  name: 'gateway-shim',
  flags: ['--enable-gateway-api-listenerset', '--feature-gates=ListenerSets=true', '--gateway-api-extra-protocols=DTLS'],
})
const fromCa = { 'cluster-issuer': 'ca', 'private-key-algorithm': 'ECDSA' }
let traefik: IngressController

beforeAll(async () => {
  const { testbed } = underTest()
  traefik = await testbed.startIngressController({ gatewayApi: true })
  await testbed.apply(await listenerSetDefinition())
})

/** The CRDs of the testbed have ListenerSet under its earlier name; its fields are the same. */
async function listenerSetDefinition(): Promise<string> {
  const { 'gateway-api.yaml': file } = await ensureTools(['gateway-api.yaml'])
  const documents = (await readFile(file, 'utf8')).split(/^---$/m)
  const earlier = documents.find((document) => document.includes('kind: XListenerSet\n')) ?? ''
  return earlier
    .replaceAll('gateway.networking.x-k8s.io', 'gateway.networking.k8s.io')
    .replaceAll('xlistenerset', 'listenerset')
    .replaceAll('XListenerSet', 'ListenerSet')
    .replace('name: v1alpha1', 'name: v1')
}

function listener(name: string, secretName: string, more: Partial<GatewayListener> = {}): GatewayListener {
  const tls = { mode: 'Terminate', certificateRefs: [{ name: secretName }] }
  return { name, hostname: `${name}.example.com`, port: traefik.httpsPort, protocol: 'HTTPS', tls, ...more }
}

function gatewayOf(annotations: Readonly<Record<string, string>>, listeners: readonly GatewayListener[]) {
  return { metadata: { annotations: prefixed(annotations) }, spec: { gatewayClassName: 'traefik', listeners } satisfies Gateway['spec'] }
}

describe('an annotated Gateway', () => {
  test('of kinds that came after the operator is served with a certificate, and with the next one after a renewal', async () => {
    const user = await underTest().user('served')
    const gateway = await user.create(gateways, 'edge', gatewayOf(fromCa, [listener('web', 'web-tls')]))
    const { metadata } = await user.untilReady('web-tls')
    expect(metadata.ownerReferences).toMatchObject([
      { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', uid: gateway.metadata.uid },
    ])
    expect(metadata.annotations).toMatchObject({
      'acme.cert-manager.io/http01-parentrefkind': 'Gateway',
      'acme.cert-manager.io/http01-parentrefname': 'edge',
    })
    const event = await user.untilEvent('edge', 'CreateCertificate')
    expect(event.source?.component).toBe('cert-manager-gateway-shim')

    const site = { address: traefik.address, port: traefik.httpsPort, host: 'web.example.com' }
    const first = await untilServed(site)
    expect(first.serialNumber).toBe(leafIn(await user.secret('web-tls')).serialNumber)
    await triggerIssuance(underTest().testbed, user.namespace, 'web-tls')
    await user.untilReady('web-tls', 2)
    const second = await untilServed(site, first.serialNumber)
    expect(second.serialNumber).toBe(leafIn(await user.secret('web-tls')).serialNumber)
  })

  test('has one certificate for listeners that share a Secret, and none for those that are ignored or pass TLS through', async () => {
    const user = await underTest().user('several')
    const listeners = [
      listener('a', 'shared'),
      listener('ignored', 'ignored'),
      listener('b', 'shared', { protocol: 'DTLS' }),
      listener('through', 'through', { protocol: 'TLS', tls: { mode: 'Passthrough', certificateRefs: [{ name: 'through' }] } }),
      { name: 'plain', port: 80, protocol: 'HTTP' },
    ]
    await user.create(gateways, 'edge', gatewayOf({ ...fromCa, 'ignore-tls-listeners': 'ignored, unknown' }, listeners))
    const { spec } = await user.untilReady('shared')
    expect(spec.dnsNames).toEqual(['a.example.com', 'b.example.com'])
    expect((await user.list(certificates)).map(({ metadata }) => metadata.name)).toEqual(['shared'])
    expect((await user.events('edge')).filter(({ reason }) => reason === 'BadConfig')).toEqual([])
  })

  test('is told of a listener that is skipped, while the others are served', async () => {
    const user = await underTest().user('skipped')
    const elsewhere = { certificateRefs: [{ name: 'x', namespace: 'elsewhere' }] }
    await user.create(gateways, 'edge', gatewayOf(fromCa, [listener('a', 'a'), listener('b', 'b', { tls: elsewhere })]))
    await user.untilReady('a')
    const event = await user.untilEvent('edge', 'BadConfig')
    expect(event.message).toContain('spec.listeners[1] "b" names a Secret of the namespace "elsewhere"')
  })
})

describe('a ListenerSet', () => {
  async function userWithGateway(namespace: string, annotations: Readonly<Record<string, string>>): Promise<ClusterUser> {
    const user = await underTest().user(namespace)
    await user.create(gateways, 'edge', gatewayOf(annotations, [{ name: 'plain', port: 80, protocol: 'HTTP' }]))
    return user
  }

  const spec = () => ({ parentRef: { name: 'edge' }, listeners: [listener('web', 'web')] })

  test('has the issuer of its Gateway, also when that comes later', async () => {
    const user = await userWithGateway('inherits', {})
    await user.create(listenerSets, 'more', { spec: spec() })
    await user.edit(gateways, 'edge', { metadata: { annotations: prefixed({ 'cluster-issuer': 'ca' }) } })
    const { metadata } = await user.untilReady('web')
    expect(metadata.ownerReferences).toMatchObject([{ kind: 'ListenerSet', name: 'more' }])
    expect(metadata.annotations).toMatchObject({ 'acme.cert-manager.io/http01-parentrefkind': 'ListenerSet' })
  })

  test('has HTTP-01 answers attached to its Gateway when it asks for that, and no longer when it does not', async () => {
    const user = await userWithGateway('falls-back', {})
    const fallback = 'acme.cert-manager.io/http01-parentreffallback'
    await user.create(listenerSets, 'more', { metadata: { annotations: prefixed({ ...fromCa, [fallback]: 'true' }) }, spec: spec() })
    const { metadata } = await user.until(certificates, 'web', () => true)
    expect(metadata.annotations).toMatchObject({
      'acme.cert-manager.io/http01-parentrefkind': 'Gateway',
      'acme.cert-manager.io/http01-parentrefname': 'edge',
      'acme.cert-manager.io/http01-parentrefnamespace': user.namespace,
    })
    await user.edit(listenerSets, 'more', { metadata: { annotations: { [fallback]: null } } })
    const after = await user.until(
      certificates,
      'web',
      (one) => one.metadata.annotations?.['acme.cert-manager.io/http01-parentrefname'] === 'more',
    )
    expect(after.metadata.annotations).not.toHaveProperty('acme.cert-manager.io/http01-parentrefnamespace')
  })
})

test('the kind may go and come back', async () => {
  const { testbed, operator } = underTest()
  const removed = await testbed.kubectl(['delete', 'crd', 'listenersets.gateway.networking.k8s.io'])
  expect(removed.code).toBe(0)
  const lines = async () =>
    (await operatorLog(operator())).filter(({ kind, msg }) => kind === 'ListenerSet' && String(msg).startsWith('not there'))
  await expect.poll(async () => (await lines()).length, { timeout: 120_000 }).toBe(2)
  await testbed.apply(await listenerSetDefinition())
  const user = await underTest().user('back')
  await user.create(gateways, 'edge', gatewayOf(fromCa, [{ name: 'plain', port: 80, protocol: 'HTTP' }]))
  // The API server needs a moment until it serves a kind.
  await expect
    .poll(
      () =>
        user.create(listenerSets, 'more', { spec: { parentRef: { name: 'edge' }, listeners: [listener('web', 'web')] } }).then(() => true),
      {
        timeout: 120_000,
      },
    )
    .toBe(true)
  await user.untilReady('web')
})

leavesNothingBehind(underTest)
