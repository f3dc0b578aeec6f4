import { beforeAll, describe, expect, test } from 'vitest'
import { certificates, certificateRequests, challenges, clusterIssuers, issuers, orders } from '../../src/crds/resources.ts'
import { ingresses, secrets } from '../../src/kube/kinds.ts'
import type { Ingress } from '../../src/kube/kinds.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { keyIn, leafIn, textIn } from './stored.ts'
import { triggerIssuance } from './trigger-issuance.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('acme', {
  // Every nonce is good, so that requests can be counted.
  nonceRejectPercent: 0,
  profiles: { default: 7_776_000, minute: 60, shortlived: 518_400 },
  domainBlocklist: ['refused.example'],
})
const eabKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'

beforeAll(async () => {
  await site().start()
})

/** Pebble takes any of its profiles where an order names none: one in three certificates would be due again within a minute. */
const lasting = { profile: 'default' }

/** A user with the Issuer `acme`, and how she asks it for names. */
async function customer(namespace: string, more: Parameters<ReturnType<typeof site>['issuerSpec']>[0] = {}) {
  const user = await site().underTest.user(namespace)
  await user.create(issuers, 'acme', { spec: site().issuerSpec({ ...lasting, ...more }) })
  const ask = (name: string, dnsNames: readonly string[]) =>
    user.createCertificate(name, { secretName: name, dnsNames, privateKey: quickKey, issuerRef: { name: 'acme' } })
  return { user, ask }
}

const issuerReady = (user: ClusterUser, status: 'True' | 'False') =>
  user.until(issuers, 'acme', (issuer) => conditionOf(issuer.status, 'Ready')?.status === status)

describe('an ACME issuer', () => {
  test('registers an account, says so, and keeps its key in a Secret with nothing else in it', async () => {
    const { user } = await customer('account', { email: 'web@example.com' })
    const issuer = await issuerReady(user, 'True')
    expect(conditionOf(issuer.status, 'Ready')).toMatchObject({ reason: 'ACMEAccountRegistered' })
    expect(issuer.status?.acme).toMatchObject({ uri: expect.stringMatching(/^https:/), lastRegisteredEmail: 'web@example.com' })
    expect(Object.keys((await user.secret('account')).data ?? {})).toEqual(['tls.key'])
  })

  test('made again with the same key it has the same account, and an edited e-mail address reaches the CA', async () => {
    const { user } = await customer('again', { email: 'one@example.com' })
    const { status } = await issuerReady(user, 'True')
    await user.remove(issuers, 'acme')
    await user.create(issuers, 'acme', { spec: site().issuerSpec({ email: 'two@example.com' }) })
    const again = await user.until(issuers, 'acme', (issuer) => issuer.status?.acme?.lastRegisteredEmail === 'two@example.com')
    expect(again.status?.acme?.uri).toBe(status?.acme?.uri)
  })

  test('whose CA cannot be reached says so and becomes Ready by itself once it can', async () => {
    const { user } = await customer('unreachable', { server: 'https://127.0.0.1:9/dir' })
    const issuer = await issuerReady(user, 'False')
    expect(conditionOf(issuer.status, 'Ready')).toMatchObject({ reason: 'ErrRegisterACMEAccount', message: expect.stringMatching(/\S/) })
    expect(await user.untilEvent('acme', 'ErrRegisterACMEAccount')).toMatchObject({ type: 'Warning' })
    await user.edit(issuers, 'acme', { spec: site().issuerSpec() })
    await issuerReady(user, 'True')
  })

  test('that trusts another CA for HTTPS is refused by TLS, with a sentence about it', async () => {
    const { user } = await customer('mistrust', { caBundle: Buffer.from((await site().acme.roots())[0] ?? '').toString('base64') })
    const issuer = await issuerReady(user, 'False')
    expect(conditionOf(issuer.status, 'Ready')?.message).toMatch(/no trusted TLS connection/)
  })

  test('with an external account binding registers with it, and says which Secret is missing without it', async () => {
    const bound = await site().underTest.testbed.startAcme({ eabKeys: { 'kid-1': eabKey } })
    const { user } = await customer('eab', {
      server: bound.directoryUrl,
      caBundle: Buffer.from(bound.caPem).toString('base64'),
      externalAccountBinding: { keyID: 'kid-1', keySecretRef: { name: 'eab', key: 'hmac' } },
    })
    const issuer = await issuerReady(user, 'False')
    expect(conditionOf(issuer.status, 'Ready')?.message).toContain('eab')
    await user.create(secrets, 'eab', { type: 'Opaque', data: { hmac: Buffer.from(eabKey).toString('base64') } })
    await issuerReady(user, 'True')
  })
})

describe('a Certificate from an ACME server', () => {
  test('for two names goes Ready with the chain of the CA, and leaves no Challenge and no Ingress behind', async () => {
    const { user, ask } = await customer('two-names')
    await ask('web', ['a.two.example', 'b.two.example'])
    await user.untilReady('web')
    const secret = await user.secret('web')
    expect(leafIn(secret).subjectAltName).toBe('DNS:a.two.example, DNS:b.two.example')
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
    expect(textIn(secret, 'tls.crt').match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(1)
    expect(secret.data?.['ca.crt']).toBeUndefined()
    await waitFor('nothing is left', async () =>
      (await user.list(challenges)).length + (await user.list(ingresses)).length === 0 ? true : undefined,
    )
    expect((await user.list(orders)).map((order) => order.status?.state)).toEqual(['valid'])
  })

  test('through the annotation `class` as through `ingressClassName`', async () => {
    const { user, ask } = await customer('by-class', { solvers: [{ http01: { ingress: { class: site().ingress.className } } }] })
    await ask('web', ['class.example'])
    await user.untilReady('web')
  })

  test('through an Ingress of the user, which is afterwards as it was', async () => {
    const { user, ask } = await customer('by-name', { solvers: [{ http01: { ingress: { name: 'shop' } } }] })
    const spec: NonNullable<Ingress['spec']> = {
      ingressClassName: site().ingress.className,
      rules: [
        {
          host: 'named.example',
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'shop', port: { number: 80 } } } }] },
        },
      ],
    }
    await user.create(ingresses, 'shop', { spec })
    await ask('web', ['named.example'])
    await user.untilReady('web')
    await user.until(ingresses, 'shop', (ingress) => JSON.stringify(ingress.spec?.rules) === JSON.stringify(spec.rules))
  })

  test('from a ClusterIssuer, whose account key is in the cluster resource namespace', async () => {
    const user = await site().underTest.user('cluster-wide')
    const { cluster } = site().underTest
    const spec = site().issuerSpec({ ...lasting, privateKeySecretRef: { name: 'cluster-account' } })
    await cluster.create(
      clusterIssuers,
      { metadata: { name: 'acme' }, spec } as never,
      { fieldManager: 'user' },
      new AbortController().signal,
    )
    await user.createCertificate('web', {
      secretName: 'web',
      dnsNames: ['cluster.example'],
      privateKey: quickKey,
      issuerRef: { name: 'acme', kind: 'ClusterIssuer' },
    })
    await user.untilReady('web')
    expect(await cluster.get(secrets, { namespace: 'cert-manager', name: 'cluster-account' }, new AbortController().signal)).toBeDefined()
  })

  test('with a lifetime of a minute is renewed in time, with another key and another serial number', async () => {
    const { user, ask } = await customer('renewal', { profile: 'minute', renewalInformationSource: 'None' })
    await ask('web', ['renewal.example'])
    const first = await user.untilReady('web')
    const before = await user.secret('web')
    expect(Date.parse(first.status?.renewalTime ?? '') - Date.parse(first.status?.notBefore ?? '')).toBeLessThanOrEqual(40_000)
    const renewed = await user.until(certificates, 'web', (certificate) => (certificate.status?.revision ?? 0) > 1)
    expect(conditionOf(renewed.status, 'Ready')?.status).toBe('True')
    const after = await user.secret('web')
    expect(leafIn(after).serialNumber).not.toBe(leafIn(before).serialNumber)
    expect(textIn(after, 'tls.key')).not.toBe(textIn(before, 'tls.key'))
  })
})

describe('an ACME profile', () => {
  const lifetimeOf = async (user: ClusterUser, name: string): Promise<number> => {
    const { status } = await user.untilReady(name)
    return Math.round((Date.parse(status?.notAfter ?? '') - Date.parse(status?.notBefore ?? '')) / 10_000) * 10
  }

  test('named by the Certificate goes before that of the issuer', async () => {
    const { user } = await customer('own-profile', { profile: 'minute' })
    const spec = { secretName: 'web', dnsNames: ['own-profile.example'], privateKey: quickKey, issuerRef: { name: 'acme' } }
    await user.createCertificate('web', spec, { 'certwright.dev/acme-profile': 'shortlived' })
    expect(await lifetimeOf(user, 'web')).toBe(518_400)
  })

  test('for IP addresses is taken where nobody names one', async () => {
    const { user } = await customer('address', { profile: '' })
    const ipAddresses = [site().ingress.address]
    await user.createCertificate('web', { secretName: 'web', ipAddresses, privateKey: quickKey, issuerRef: { name: 'acme' } })
    expect(await lifetimeOf(user, 'web')).toBe(518_400)
  })
})

describe('what an ACME server or a solver cannot do', () => {
  const failure = async (user: ClusterUser) => {
    const certificate = await user.until(certificates, 'web', ({ status }) => conditionOf(status, 'Issuing')?.status === 'False')
    expect(certificate.status).toMatchObject({ failedIssuanceAttempts: 1, lastFailureTime: expect.any(String) })
    const [request] = await user.list(certificateRequests)
    expect(conditionOf(request?.status, 'Ready')).toMatchObject({ status: 'False', reason: 'Failed' })
    return conditionOf(certificate.status, 'Issuing')?.message ?? ''
  }

  test('a name that the CA refuses is told with the status and the type of its answer', async () => {
    const { user, ask } = await customer('refused')
    await ask('web', ['www.refused.example'])
    expect(await failure(user)).toContain('400 urn:ietf:params:acme:error:rejectedIdentifier')
    expect((await user.list(orders))[0]?.status).toMatchObject({ state: 'errored', reason: expect.stringContaining('rejectedIdentifier') })
    await user.edit(certificates, 'web', { spec: { dnsNames: ['welcome.example'] } })
    expect((await user.untilReady('web')).status?.failedIssuanceAttempts).toBeUndefined()
  })

  test('a name whose CAA records forbid it is told, is not asked for again in a loop, and is issued by hand once they allow it', async () => {
    await using proxy = await startFaultProxy(site().acme)
    const { user, ask } = await customer('caa', {
      server: proxy.directoryUrl,
      caBundle: Buffer.from(proxy.caPem).toString('base64'),
    })
    await issuerReady(user, 'True')
    const caa = { type: 'urn:ietf:params:acme:error:caa', detail: 'CAA record for caa.example prevents issuance' }
    const mend = proxy.breakAll('/finalize-order', { kind: 'answer', status: 403, body: JSON.stringify(caa) })
    await ask('web', ['caa.example'])
    expect(await failure(user)).toContain('403 urn:ietf:params:acme:error:caa: CAA record for caa.example prevents issuance')
    expect(proxy.seen.filter((line) => line.startsWith('POST /finalize-order'))).toHaveLength(1)
    mend()
    await triggerIssuance(site().underTest.testbed, user.namespace, 'web')
    expect((await user.untilReady('web')).status?.failedIssuanceAttempts).toBeUndefined()
  })

  test('a wildcard cannot be proved by HTTP-01', async () => {
    const { user, ask } = await customer('wildcard')
    await ask('web', ['*.wild.example'])
    expect(await failure(user)).toMatch(/wildcard|solver/i)
  })

  test('a profile that the CA does not have is named', async () => {
    const { user, ask } = await customer('profile', { profile: 'no-such-profile' })
    await ask('web', ['profile.example'])
    expect(await failure(user)).toContain('no-such-profile')
    await user.edit(issuers, 'acme', { spec: { acme: { profile: 'default' } } })
    await triggerIssuance(site().underTest.testbed, user.namespace, 'web')
    await user.untilReady('web')
  })

  test('an issuer whose DNS-01 solver names a Secret that is not there says which', async () => {
    const { user } = await customer('no-token', {
      solvers: [{ dns01: { cloudflare: { apiTokenSecretRef: { name: 'absent', key: 'token' } } } }],
    })
    const issuer = await issuerReady(user, 'False')
    expect(conditionOf(issuer.status, 'Ready')).toMatchObject({
      reason: 'InvalidSolver',
      message: expect.stringContaining('no-token/absent'),
    })
    await user.create(secrets, 'absent', { data: { token: Buffer.from('token').toString('base64') } })
    await issuerReady(user, 'True')
  })

  test.each([
    ['HTTPRoutes', { http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'edge' }] } } }, 'install the Gateway API'],
    ['IngressRouteTCPs', { tlsALPN01: { ingressRouteTCP: {} } }, 'install the CRDs of Traefik'],
  ])('where the cluster does not know %s, the Challenge that needs one says what to install', async (kind, solver, words) => {
    const { user, ask } = await customer(`no-${kind.toLowerCase()}`, { solvers: [solver] })
    await ask('web', [`${kind.toLowerCase()}.example`])
    await waitFor('the reason on the Challenge', async () =>
      (await user.list(challenges)).find(({ status }) => status?.reason?.includes(words) === true),
    )
  })

  test('a page that somebody else serves in its place fails with what the CA saw, and without what was served', async () => {
    const { user, ask } = await customer('elsewhere', {
      solvers: [{ http01: { ingress: { ingressClassName: 'nobody-serves-this' } }, waitInsteadOfSelfCheck: '1s' }],
    })
    await ask('web', ['elsewhere.example'])
    expect(await failure(user)).toContain('urn:ietf:params:acme:error:unauthorized')
  })
})

describe('a CA that is out of order', () => {
  test.each<[name: string, path: string, fault: Parameters<Awaited<ReturnType<typeof startFaultProxy>>['breakNext']>[1]]>([
    [
      'answers 429 with Retry-After to a new order',
      '/order-plz',
      {
        kind: 'answer',
        status: 429,
        headers: { 'retry-after': '2', 'content-type': 'application/problem+json' },
        body: '{"type":"urn:ietf:params:acme:error:rateLimited","detail":"slow down"}',
      },
    ],
    ['answers 503 to a finalization', '/finalize-order', { kind: 'answer', status: 503, headers: { 'retry-after': '1' }, body: '' }],
    ['loses its answer to a finalization', '/finalize-order', { kind: 'lost-answer' }],
    ['loses its answer to a new order', '/order-plz', { kind: 'lost-answer' }],
    ['resets the connection when the certificate is fetched', '/certZ', { kind: 'reset' }],
    ['answers 500 to an accepted challenge', '/chalZ', { kind: 'answer', status: 500, headers: {}, body: 'oops' }],
  ])('%s: the issuance goes on and no order is finalized twice', async (name, path, fault) => {
    await using proxy = await startFaultProxy(site().acme)
    const { user, ask } = await customer(`fault ${name}`, {
      server: proxy.directoryUrl,
      caBundle: Buffer.from(proxy.caPem).toString('base64'),
    })
    await issuerReady(user, 'True')
    proxy.breakNext(path, fault)
    await ask('web', [`${user.namespace.slice(0, 40).replace(/-$/, '')}.example`])
    const certificate = await user.untilReady('web')
    expect(certificate.status).toMatchObject({ revision: 1 })
    expect((await user.list(orders)).map((order) => order.status?.state)).toEqual(['valid'])
    const answered =
      proxy.seen.filter((line) => line.startsWith('POST /finalize-order')).length -
      (path === '/finalize-order' && fault.kind === 'answer' ? 1 : 0)
    expect(answered).toBe(1)
  })
})

leavesNothingBehind(() => site().underTest)
