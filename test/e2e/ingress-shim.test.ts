import { beforeAll, describe, expect, test } from 'vitest'
import { certificates, issuers } from '../../src/crds/resources.ts'
import { ingresses, secrets } from '../../src/kube/kinds.ts'
import type { IngressTls } from '../../src/kube/kinds.ts'
import { untilServed } from '../demo/served-chain.ts'
import type { IngressController } from '../testbed/ingress-controller.ts'
import { annotatedIngress, prefixed, tlsFor } from './annotated-ingress.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec, clusterCa } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { newTestCa } from './test-ca.ts'
import { triggerIssuance } from './trigger-issuance.ts'

const underTest = operatorUnderTest({
  name: 'ingress-shim',
  flags: ['--default-issuer-name=ca', '--default-issuer-kind=ClusterIssuer', '--extra-certificate-annotations=example.com/team'],
})
const fromCa = { 'cluster-issuer': 'ca', 'private-key-algorithm': 'ECDSA' }
let traefik: IngressController

beforeAll(async () => {
  traefik = await underTest().testbed.startIngressController()
})

/** Waits until the controller has been past this point: it has seen an Ingress that came later. */
async function untilSeen(user: ClusterUser, name: string): Promise<void> {
  await user.create(ingresses, name, annotatedIngress({ annotations: fromCa, tls: tlsFor(name) }))
  await user.until(certificates, name, () => true)
}

describe('an annotated Ingress', () => {
  test('is served with a certificate for its host, and with the next one after a renewal', async () => {
    const user = await underTest().user('served')
    const ingress = await user.create(
      ingresses,
      'web',
      annotatedIngress({ annotations: fromCa, labels: { app: 'web' }, tls: tlsFor('web') }),
    )
    const { metadata, spec } = await user.untilReady('web')
    expect(metadata.labels).toEqual({ app: 'web' })
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        name: 'web',
        uid: ingress.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
    expect(spec).toEqual({
      secretName: 'web',
      dnsNames: ['web.example.com'],
      issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' },
      usages: ['digital signature', 'key encipherment'],
      privateKey: { algorithm: 'ECDSA' },
    })
    await user.untilEvent('web', 'CreateCertificate')

    const site = { address: traefik.address, port: traefik.httpsPort, host: 'web.example.com' }
    const first = await untilServed(site)
    expect(first.serialNumber).toBe(leafIn(await user.secret('web')).serialNumber)
    await triggerIssuance(underTest().testbed, user.namespace, 'web')
    await user.untilReady('web', 2)
    const second = await untilServed(site, first.serialNumber)
    expect(second.serialNumber).toBe(leafIn(await user.secret('web')).serialNumber)
  })

  test('with tls-acme alone has the default issuer; IP addresses among its hosts become such', async () => {
    const user = await underTest().user('tls-acme')
    const tls = [{ secretName: 'web', hosts: ['web.example.com', '192.0.2.7'] }]
    await user.create(ingresses, 'web', annotatedIngress({ annotations: { 'kubernetes.io/tls-acme': 'true' }, tls }))
    const { spec } = await user.untilReady('web')
    expect(spec).toMatchObject({ issuerRef: clusterCa, dnsNames: ['web.example.com'], ipAddresses: ['192.0.2.7'] })
  })

  test('changes its Certificate with every edit, and leaves alone what only a user can set there', async () => {
    const user = await underTest().user('edited')
    await user.create(ingresses, 'web', annotatedIngress({ annotations: fromCa, tls: tlsFor('web') }))
    await user.untilReady('web')
    await user.edit(certificates, 'web', { spec: { revisionHistoryLimit: 9, additionalOutputFormats: [{ type: 'CombinedPEM' }] } })
    const wished = {
      'subject-organizations': 'Example',
      'email-sans': 'jane@example.com',
      usages: 'server auth',
      'example.com/team': 'shop',
    }
    await user.edit(ingresses, 'web', { metadata: { annotations: prefixed(wished), labels: { tier: 'edge' } } })
    const changed = await user.until(certificates, 'web', ({ spec }) => spec.subject !== undefined)
    expect(changed.spec).toMatchObject({
      subject: { organizations: ['Example'] },
      emailAddresses: ['jane@example.com'],
      usages: ['server auth'],
      additionalOutputFormats: [{ type: 'CombinedPEM' }],
    })
    expect(changed.spec).not.toHaveProperty('revisionHistoryLimit')
    expect(changed.metadata).toMatchObject({ labels: { tier: 'edge' }, annotations: { 'example.com/team': 'shop' } })
    await user.untilEvent('web', 'UpdateCertificate')

    const gone = { 'subject-organizations': null, usages: null, 'example.com/team': null }
    await user.edit(ingresses, 'web', { metadata: { annotations: prefixed(gone) } })
    const cleared = await user.until(certificates, 'web', ({ spec }) => spec.subject === undefined)
    expect(cleared.spec.usages).toEqual(['digital signature', 'key encipherment'])
    expect(cleared.metadata.annotations ?? {}).not.toHaveProperty('example.com/team')
  })

  test('loses a Certificate whose Secret it names no longer, and gets back one that somebody deletes', async () => {
    const user = await underTest().user('removed')
    await user.create(ingresses, 'web', annotatedIngress({ annotations: fromCa, tls: tlsFor('a', 'b') }))
    const made = await user.until(certificates, 'a', () => true)
    await user.until(certificates, 'b', () => true)
    await user.remove(certificates, 'a')
    await user.until(certificates, 'a', ({ metadata }) => metadata.uid !== made.metadata.uid)
    await user.edit(ingresses, 'web', { spec: { tls: tlsFor('a') } })
    await user.untilEvent('web', 'DeleteCertificate')
    expect((await user.list(certificates)).map(({ metadata }) => metadata.name)).toEqual(['a'])
  })

  test('costs no write when something else of it changes', async () => {
    const user = await underTest().user('unrelated')
    await user.create(ingresses, 'web', annotatedIngress({ annotations: fromCa, tls: tlsFor('web') }))
    const before = await user.untilReady('web')
    const edited = await user.edit(ingresses, 'web', { metadata: { annotations: { 'example.com/note': 'new' } } })
    await untilSeen(user, 'later')
    expect((await user.get(certificates, 'web')).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    expect((await user.get(ingresses, 'web')).metadata.resourceVersion).toBe(edited.metadata.resourceVersion)
  })
})

describe('an Ingress whose wishes cannot be met', () => {
  let user: ClusterUser
  beforeAll(async () => {
    user = await underTest().user('wrong')
  })

  test.each<[title: string, annotations: Readonly<Record<string, string>>, tls: readonly IngressTls[], message: string]>([
    [
      'two-issuers',
      { ...fromCa, issuer: 'other' },
      tlsFor('two-issuers'),
      'cert-manager.io/cluster-issuer excludes cert-manager.io/issuer',
    ],
    ['no-issuer', { issuer: '' }, tlsFor('no-issuer'), 'cert-manager.io/issuer is empty'],
    ['no-duration', { ...fromCa, duration: '90 days' }, tlsFor('no-duration'), 'cert-manager.io/duration: "90 days" is no duration'],
    ['no-json', { ...fromCa, 'secret-template': '{' }, tlsFor('no-json'), 'cert-manager.io/secret-template: it is no JSON object'],
    ['one-secret', fromCa, [...tlsFor('one-secret'), ...tlsFor('one-secret')], 'spec.tls names the Secret "one-secret" twice'],
    ['no-hosts', fromCa, [{ secretName: 'no-hosts' }], 'skipped a TLS block: spec.tls[0] has no hosts'],
    ['refused', { ...fromCa, duration: '2h', 'renew-before': '3h' }, tlsFor('refused'), 'renewBefore must be shorter than duration'],
  ])('is told by one Event: %s', async (name, annotations, tls, message) => {
    await user.create(ingresses, name, annotatedIngress({ annotations, tls }))
    const event = await user.untilEvent(name, 'BadConfig')
    expect(event).toMatchObject({ type: 'Warning', count: 1, source: { component: 'cert-manager-ingress-shim' } })
    expect(event.message).toContain(message)
    expect(await user.find(certificates, name)).toBeUndefined()
  })

  test('keeps what it has, and goes on when it is mended', async () => {
    await user.create(ingresses, 'mended', annotatedIngress({ annotations: fromCa, tls: tlsFor('mended') }))
    const before = await user.untilReady('mended')
    await user.edit(ingresses, 'mended', { metadata: { annotations: prefixed({ duration: 'long' }) }, spec: { tls: tlsFor('other') } })
    await user.untilEvent('mended', 'BadConfig')
    expect((await user.get(certificates, 'mended')).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    await user.edit(ingresses, 'mended', { metadata: { annotations: prefixed({ duration: '24h' }) }, spec: { tls: tlsFor('mended') } })
    await user.until(certificates, 'mended', ({ spec }) => spec.duration === '24h0m0s')
  })

  test("is told that a user's own Certificate has the name, which stays as it is and may go", async () => {
    const own = await user.createCertificate('own', certificateSpec('own', { dnsNames: ['else.example.com'] }))
    await user.create(ingresses, 'own', annotatedIngress({ annotations: fromCa, tls: tlsFor('own') }))
    const event = await user.untilEvent('own', 'BadConfig')
    expect(event.message).toContain('Certificate "own" was not made for an Ingress or a Gateway and is left alone')
    expect((await user.get(certificates, 'own')).spec).toEqual(own.spec)
    await user.remove(certificates, 'own')
    await user.until(certificates, 'own', ({ spec }) => spec.dnsNames?.[0] === 'own.example.com')
  })

  test('is told that its issuer is not there, and served when it is', async () => {
    await user.create(ingresses, 'early', annotatedIngress({ annotations: { issuer: 'late' }, tls: tlsFor('early') }))
    const event = await user.untilEvent('early', 'CertificateFailed')
    expect(event.message).toBe('no certificate from Certificate "early": there is no Issuer "late"')
    await user.create(secrets, 'late-ca', { data: (await newTestCa()).secretData })
    await user.create(issuers, 'late', { spec: { ca: { secretName: 'late-ca' } } })
    await user.untilReady('early')
  })

  test('is told why its Certificate failed', async () => {
    const annotations = { issuer: 'ca', 'common-name': 'x'.repeat(64), 'email-sans': 'jané@example.com' }
    await user.create(ingresses, 'failing', annotatedIngress({ annotations, tls: tlsFor('failing') }))
    const event = await user.untilEvent('failing', 'CertificateFailed')
    expect(event.message).toContain('no CSR can be made from this Certificate')
  })
})

leavesNothingBehind(underTest)
