import { beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../../src/crds/certificate.ts'
import type { Http01GatewayHttpRoute } from '../../src/crds/issuer.ts'
import { certificates, challenges, issuers } from '../../src/crds/resources.ts'
import { httpRoutes, type HTTPRoute } from '../../src/kube/gateway-api.ts'
import { ingresses, services } from '../../src/kube/kinds.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { heldCa, type HeldCa } from './held-ca.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('acme-gateway', {}, { gatewayApi: true })
const open = { name: 'open', namespace: 'edge' }

/** Two Gateways: one for everybody, and one for the routes of its own namespace only. */
beforeAll(async () => {
  const { underTest, start, ingress } = site()
  await underTest.user('edge')
  await underTest.testbed.apply([gateway('open', 'All', ingress.className), gateway('closed', 'Same', ingress.className)].join('\n---\n'))
  await start()
})

/** A user with the Issuer `acme`, whose solver is a route of this kind, and how she asks it for a Certificate. */
async function customer(namespace: string, route: Http01GatewayHttpRoute, ca: Partial<HeldCa['issuer']> = {}) {
  const user = await site().underTest.user(namespace)
  await user.create(issuers, 'acme', { spec: site().issuerSpec({ solvers: [{ http01: { gatewayHTTPRoute: route } }], ...ca }) })
  const ask = (name: string, names: Partial<Certificate['spec']>, annotations: Readonly<Record<string, string>> = {}) =>
    user.createCertificate(name, { secretName: name, privateKey: quickKey, issuerRef: { name: 'acme' }, ...names }, annotations)
  return { user, ask }
}

describe('HTTP-01 on a Gateway', () => {
  test('gets a certificate for a name and an address, and leaves neither Challenge nor HTTPRoute nor Ingress behind', async () => {
    const { user, ask } = await customer('names', { parentRefs: [open], labels: { team: 'edge' } })
    await ask('web', { dnsNames: ['web.gateway.example'], ipAddresses: [site().ingress.address] })
    await user.untilReady('web')
    expect(leafIn(await user.secret('web')).subjectAltName).toBe(`DNS:web.gateway.example, IP Address:${site().ingress.address}`)
    await untilNothingIsLeft(user)
    expect(await user.list(ingresses)).toEqual([])
  })

  test('is led to the operator by a route of exactly that path, which is put back when somebody changes it', async () => {
    const { issuer, letGo } = await heldCa(site().acme)
    const { user, ask } = await customer('shape', { parentRefs: [{ ...open, sectionName: 'http' }], labels: { team: 'edge' } }, issuer)
    await ask('web', { dnsNames: ['shape.gateway.example'] })
    const route = await untilRoute(user, () => true)
    const [challenge] = await user.list(challenges)
    expect(route.metadata).toMatchObject({
      labels: {
        team: 'edge',
        'acme.cert-manager.io/http01-solver': 'true',
        'acme.cert-manager.io/http-token': expect.stringMatching(/^\d+$/),
      },
      ownerReferences: [{ kind: 'Challenge', name: challenge?.metadata.name, uid: challenge?.metadata.uid, controller: true }],
    })
    expect(route.spec).toMatchObject({
      parentRefs: [{ kind: 'Gateway', name: 'open', namespace: 'edge', sectionName: 'http' }],
      hostnames: ['shape.gateway.example'],
      rules: [
        {
          matches: [{ path: { type: 'Exact', value: `/.well-known/acme-challenge/${challenge?.spec.token ?? ''}` } }],
          backendRefs: [{ kind: 'Service', name: 'cm-acme-http-solver', port: 8089 }],
        },
      ],
    })
    await user.edit(httpRoutes, route.metadata.name, { metadata: { labels: { team: null } }, spec: { hostnames: ['other.example'] } })
    await untilRoute(user, ({ metadata, spec }) => spec?.hostnames?.[0] === 'shape.gateway.example' && metadata.labels?.['team'] === 'edge')
    letGo()
    await user.untilReady('web')
    expect((await user.get(services, 'cm-acme-http-solver')).spec?.type).toBe('NodePort')
  })

  test('takes the Gateway that annotations of the Certificate name, where the issuer names none', async () => {
    const { user, ask } = await customer('annotated', {})
    await ask('web', { dnsNames: ['annotated.gateway.example'] }, parentAnnotations('Gateway'))
    await user.untilReady('web')
  })

  test('goes with its Challenge, also when the Certificate is deleted meanwhile and the operator is killed', async () => {
    const { issuer } = await heldCa(site().acme)
    const { user, ask } = await customer('killed', { parentRefs: [open] }, issuer)
    await ask('web', { dnsNames: ['killed.gateway.example'] })
    await untilRoute(user, () => true)
    await site().underTest.kill(site().underTest.operator())
    await user.remove(certificates, 'web')
    await site().start()
    await untilNothingIsLeft(user)
  })
})

describe('a Gateway that cannot serve it is told on the Challenge or the Certificate:', () => {
  test('it does not accept the route', async () => {
    const { user, ask } = await customer('refused', { parentRefs: [{ name: 'closed', namespace: 'edge' }] })
    await ask('web', { dnsNames: ['refused.gateway.example'] })
    const challenge = await waitFor('the reason on the Challenge', async () =>
      (await user.list(challenges)).find(({ status }) => status?.reason?.includes('Accepted is False (NotAllowedByListeners)') === true),
    )
    expect(challenge.status?.reason).toContain('the Gateway edge/closed does not take the HTTPRoute')
    await user.remove(certificates, 'web')
    await untilNothingIsLeft(user)
  })

  test('none is named', async () => {
    const { user, ask } = await customer('unnamed', {})
    await ask('web', { dnsNames: ['unnamed.gateway.example'] })
    expect(await failure(user)).toContain('no Gateway is named')
  })

  test('an annotation names what cannot exist', async () => {
    const { user, ask } = await customer('malformed', { parentRefs: [open] })
    await ask('web', { dnsNames: ['malformed.gateway.example'] }, parentAnnotations('no kind'))
    expect(await failure(user)).toContain('acme.cert-manager.io/http01-parentrefkind')
  })

  test('the operator is to leave the Gateway API alone', async () => {
    await site().underTest.operator().stop()
    await site().start({ flags: ['--enable-gateway-api=false'] })
    const { user, ask } = await customer('off', { parentRefs: [open] })
    await ask('web', { dnsNames: ['off.gateway.example'] })
    expect(await failure(user)).toContain('--enable-gateway-api')
  })
})

leavesNothingBehind(() => site().underTest)

function parentAnnotations(kind: string): Readonly<Record<string, string>> {
  return {
    'acme.cert-manager.io/http01-parentrefname': open.name,
    'acme.cert-manager.io/http01-parentrefkind': kind,
    'acme.cert-manager.io/http01-parentrefnamespace': open.namespace,
  }
}

function untilRoute(user: ClusterUser, is: (route: HTTPRoute) => boolean): Promise<HTTPRoute> {
  return waitFor('the HTTPRoute', async () => (await user.list(httpRoutes)).find(is))
}

async function untilNothingIsLeft(user: ClusterUser): Promise<void> {
  await waitFor('nothing is left', async () =>
    (await user.list(challenges)).length + (await user.list(httpRoutes)).length === 0 ? true : undefined,
  )
}

async function failure(user: ClusterUser): Promise<string> {
  const certificate = await user.until(certificates, 'web', ({ status }) => conditionOf(status, 'Issuing')?.status === 'False')
  return conditionOf(certificate.status, 'Issuing')?.message ?? ''
}

function gateway(name: string, from: 'All' | 'Same', gatewayClassName: string): string {
  return JSON.stringify({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'edge' },
    spec: { gatewayClassName, listeners: [{ name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from } } }] },
  })
}
