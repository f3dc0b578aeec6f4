import { beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../../src/crds/certificate.ts'
import type { TlsAlpn01Solver } from '../../src/crds/issuer.ts'
import { certificates, challenges, issuers } from '../../src/crds/resources.ts'
import { alphaTlsRoutes } from '../../src/kube/gateway-api.ts'
import { endpointSlices, services } from '../../src/kube/kinds.ts'
import { ingressRouteTcps } from '../../src/kube/traefik.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf, type ClusterUser } from './cluster-user.ts'
import { heldCa, type HeldCa } from './held-ca.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { namesServed, startTlsSite } from './tls-site.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('tls-alpn01', {}, { gatewayApi: true, ownKinds: true })
const traefik: TlsAlpn01Solver = { ingressRouteTCP: { entryPoints: ['websecure'], labels: { team: 'edge' } } }
const gateway = (name = 'open'): TlsAlpn01Solver => ({
  gatewayTLSRoute: { parentRefs: [{ name, namespace: 'edge' }], labels: { team: 'edge' } },
})

beforeAll(async () => {
  const { underTest, start, ingress } = site()
  await underTest.user('edge')
  await underTest.testbed.apply(
    [passthrough('open', 'All', ingress.className), passthrough('closed', 'Same', ingress.className)].join('\n---\n'),
  )
  await start()
})

/** A user with the Issuer `acme`, whose solver is this one, and how she asks it for a Certificate. */
async function customer(namespace: string, tlsALPN01: TlsAlpn01Solver, ca: Partial<HeldCa['issuer']> = {}) {
  const user = await site().underTest.user(namespace)
  await user.create(issuers, 'acme', { spec: site().issuerSpec({ solvers: [{ tlsALPN01 }], ...ca }) })
  const ask = (name: string, names: Partial<Certificate['spec']>) =>
    user.createCertificate(name, { secretName: name, privateKey: quickKey, issuerRef: { name: 'acme' }, ...names })
  return { user, ask }
}

describe('TLS-ALPN-01 behind Traefik', () => {
  test('gets a certificate for a name and an address, and leaves neither Challenge nor route behind', async () => {
    const { user, ask } = await customer('names', traefik)
    await ask('web', { dnsNames: ['web.alpn.example'], ipAddresses: [site().ingress.address] })
    await user.untilReady('web')
    expect(leafIn(await user.secret('web')).subjectAltName).toBe(`DNS:web.alpn.example, IP Address:${site().ingress.address}`)
    await untilNothingIsLeft(user)
  })

  test('leaves a site that is served under the same name alone, and its route is put back when somebody changes it', async () => {
    const { issuer, letGo } = await heldCa(site().acme)
    const { user, ask } = await customer('shop', traefik, issuer)
    await startTlsSite(site().underTest, { namespace: 'shop', host: 'shop.alpn.example' })
    const address = { host: site().ingress.address, port: site().ingress.httpsPort }
    await waitFor('the site is served', async () =>
      (await namesServed(address, 'shop.alpn.example', 'http/1.1')) === 'DNS:own.site' ? true : undefined,
    )

    await ask('web', { dnsNames: ['shop.alpn.example'] })
    const route = await untilRoute(user)
    expect(route.spec).toEqual({
      entryPoints: ['websecure'],
      routes: [
        {
          match: 'HostSNI(`shop.alpn.example`) && !ALPN(`h2`) && !ALPN(`http/1.1`)',
          services: [{ name: 'certwright-tls-alpn-solver', port: 8443 }],
        },
      ],
      tls: { passthrough: true },
    })
    expect(route.metadata.labels).toMatchObject({ team: 'edge', 'acme.cert-manager.io/http01-solver': 'true' })
    await user.edit(ingressRouteTcps, route.metadata.name, { spec: { entryPoints: ['other'] } })
    await waitFor('the operator answers', async () =>
      (await namesServed(address, 'shop.alpn.example', 'acme-tls/1')) === 'DNS:shop.alpn.example' ? true : undefined,
    )
    expect(await namesServed(address, 'shop.alpn.example', 'http/1.1')).toBe('DNS:own.site')
    letGo()
    await user.untilReady('web')
    expect(await namesServed(address, 'shop.alpn.example', 'http/1.1')).toBe('DNS:own.site')
  })

  test('proves the same name to two namespaces one after the other', async () => {
    const [one, two] = [await customer('one', traefik), await customer('two', traefik)]
    await Promise.all([one, two].map(({ ask }) => ask('web', { dnsNames: ['twice.alpn.example'] })))
    await Promise.all([one, two].map(({ user }) => user.untilReady('web')))
  })

  test('goes with its Challenge, also when the Certificate is deleted meanwhile and the operator is killed', async () => {
    const { issuer } = await heldCa(site().acme)
    const { user, ask } = await customer('killed', traefik, issuer)
    await ask('web', { dnsNames: ['killed.alpn.example'] })
    await untilRoute(user)
    await site().underTest.kill(site().underTest.operator())
    await user.remove(certificates, 'web')
    await site().start()
    await untilNothingIsLeft(user)
  })
})

describe('TLS-ALPN-01 on a Gateway', () => {
  test('gets a certificate through a listener that passes TLS through, and leaves no TLSRoute behind', async () => {
    const { issuer, letGo } = await heldCa(site().acme)
    const { user, ask } = await customer('gateway', gateway(), issuer)
    await ask('web', { dnsNames: ['web.gateway.example'] })
    const route = await waitFor('the TLSRoute', async () => (await user.list(alphaTlsRoutes))[0])
    expect(route.spec).toMatchObject({
      parentRefs: [{ kind: 'Gateway', name: 'open', namespace: 'edge' }],
      hostnames: ['web.gateway.example'],
      rules: [{ backendRefs: [{ kind: 'Service', name: 'certwright-tls-alpn-solver', port: 8443 }] }],
    })
    letGo()
    await user.untilReady('web')
    await untilNothingIsLeft(user)
    expect((await user.list(services)).map(({ metadata, spec }) => [metadata.name, spec?.type])).toEqual([
      ['certwright-tls-alpn-solver', 'ClusterIP'],
    ])
    expect(await user.list(endpointSlices)).toHaveLength(1)
  })

  test('passes its own look before the CA is asked', async () => {
    const { user, ask } = await customer('looked', gateway())
    await ask('web', { dnsNames: ['looked.gateway.example'] })
    await user.untilReady('web')
  })

  test('tells on the Challenge when the Gateway does not take the route', async () => {
    const { user, ask } = await customer('refused', gateway('closed'))
    await ask('web', { dnsNames: ['refused.gateway.example'] })
    const reason = await waitFor('the reason on the Challenge', async () =>
      (await user.list(challenges))
        .map(({ status }) => status?.reason)
        .find((text) => text?.includes('Accepted is False (NotAllowedByListeners)')),
    )
    expect(reason).toContain('does not take the TLSRoute')
    await user.remove(certificates, 'web')
    await untilNothingIsLeft(user)
  })
})

describe('what cannot be proved is told on the Certificate:', () => {
  test('a wildcard name', async () => {
    const { user, ask } = await customer('wildcard', traefik)
    await ask('web', { dnsNames: ['*.alpn.example'] })
    expect(await failure(user)).toContain('no solver of the issuer can prove control of *.alpn.example')
  })

  test('a name on a Gateway, when the operator is to leave the Gateway API alone', async () => {
    await site().underTest.operator().stop()
    await site().start({ flags: ['--enable-gateway-api=false'] })
    const { user, ask } = await customer('off', gateway())
    await ask('web', { dnsNames: ['off.gateway.example'] })
    expect(await failure(user)).toContain('--enable-gateway-api=false')
  })

  test('any name, when the operator does not listen for it', async () => {
    await site().underTest.operator().stop()
    await site().start({ flags: ['--tls-alpn01-listen-address=0'] })
    const { user, ask } = await customer('deaf', traefik)
    await ask('web', { dnsNames: ['deaf.alpn.example'] })
    expect(await failure(user)).toContain('--tls-alpn01-listen-address=0')
  })
})

leavesNothingBehind(() => site().underTest)

function untilRoute(user: ClusterUser) {
  return waitFor('the IngressRouteTCP of the solver', async () =>
    (await user.list(ingressRouteTcps)).find(({ metadata }) => metadata.name.startsWith('certwright-tls-alpn-solver-')),
  )
}

async function untilNothingIsLeft(user: ClusterUser): Promise<void> {
  await waitFor('nothing is left', async () => {
    const left = [await user.list(challenges), await user.list(ingressRouteTcps), await user.list(alphaTlsRoutes)]
    return left.every((objects) => objects.length === 0) ? true : undefined
  })
}

async function failure(user: ClusterUser): Promise<string> {
  const certificate = await user.until(certificates, 'web', ({ status }) => conditionOf(status, 'Issuing')?.status === 'False')
  return conditionOf(certificate.status, 'Issuing')?.message ?? ''
}

function passthrough(name: string, from: 'All' | 'Same', gatewayClassName: string): string {
  const tls = { name: 'tls', protocol: 'TLS', port: 443, tls: { mode: 'Passthrough' }, allowedRoutes: { namespaces: { from } } }
  return JSON.stringify({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'edge' },
    spec: { gatewayClassName, listeners: [tls] },
  })
}
