import { createPrivateKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Order } from '../../src/crds/order.ts'
import { certificateRequests, certificates, challenges, issuers, orders } from '../../src/crds/resources.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { HOUR, plus, toRfc3339 } from '../../src/lib/instant.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { Fault, FaultProxy } from '../integration/acme-fault-proxy.ts'
import { clientOf, patience } from '../integration/acme-issuance.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf, isDone } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { base64, keyIn, leafIn, textIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

// Every nonce is good, so that what is in a proxy's journal is what the operator meant.
const site = acmeSite('acme-orders', { nonceRejectPercent: 0 })
const proxies: FaultProxy[] = []
let user: ClusterUser

beforeAll(async () => {
  await site().start({ flags: ['--certificate-request-minimum-backoff-duration=4s'] })
  user = await site().underTest.user('orders')
})

afterAll(async () => {
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
})

/** A CA of its own for one test, with an issuer of this name. */
async function caOf(name: string): Promise<FaultProxy> {
  const proxy = await startFaultProxy(site().acme)
  proxies.push(proxy)
  const front = { server: proxy.directoryUrl, caBundle: base64(proxy.caPem), privateKeySecretRef: { name: `account-${name}` } }
  await user.create(issuers, name, { spec: site().issuerSpec(front) })
  return proxy
}

const ask = (name: string, dnsNames = [`${name}.example.com`]) =>
  user.createCertificate(name, certificateSpec(name, { dnsNames, issuerRef: { name } }))
const ordersOf = async (name: string) => (await user.list(orders)).filter(({ metadata }) => metadata.name.startsWith(`${name}-`))
const untilOrder = (name: string, is: (order: Order) => boolean) =>
  waitFor(`an Order of ${name}`, async () => (await ordersOf(name)).find(is))
/** The issuance has failed once; what its CertificateRequest said. */
const untilFailed = async (name: string): Promise<string> => {
  const { status } = await user.until(certificates, name, (one) => one.status?.failedIssuanceAttempts !== undefined)
  return conditionOf(status, 'Issuing')?.message ?? ''
}
const counted = (proxy: FaultProxy, line: string): number => proxy.passed.filter((one) => one.startsWith(line)).length

type Json = Readonly<Record<string, unknown>>
/** Changes what the CA says where it says this status. */
const inPlaceOf = (status: string, changes: Json): Fault => ({
  kind: 'rewritten',
  rewrite: (text) => {
    const body = JSON.parse(text) as Json
    return JSON.stringify(body['status'] === status ? { ...body, ...changes } : body)
  },
})
const issuing = { status: 'processing', certificate: undefined }

// Each has a CA of its own, and waits most of the time.
describe.concurrent('an order at its CA:', () => {
  test('an authorization that is deactivated while another one is awaited ends the order, and the next one brings the certificate', async () => {
    const [proved, awaited] = ['proved.example.com', 'awaited.example.com']
    const proofOf = (status: Order['status']) => status?.authorizations?.find(({ identifier }) => identifier === proved)?.url
    await caOf('deactivated')
    const { spec, status } = await user.until(issuers, 'deactivated', (one) => conditionOf(one.status, 'Ready')?.status === 'True')
    const nobody = { http01: { ingress: { ingressClassName: 'nobody' } }, selector: { dnsNames: [awaited] }, waitInsteadOfSelfCheck: '1h' }
    await user.edit(issuers, 'deactivated', { spec: { acme: { solvers: [site().httpSolver, nobody] } } })
    await ask('deactivated', [proved, awaited])
    const order = await untilOrder('deactivated', ({ status }) => proofOf(status) !== undefined)
    const authorization = proofOf(order.status) ?? ''

    const accountKey = createPrivateKey(textIn(await user.secret('account-deactivated'), 'tls.key'))
    const ca = { directoryUrl: spec.acme?.server ?? '', caPem: Buffer.from(spec.acme?.caBundle ?? '', 'base64').toString() }
    const client = clientOf(ca, { accountKey, accountUrl: status?.acme?.uri ?? '' })
    await waitFor('the first name is proved', async () =>
      (await user.list(challenges)).find((one) => one.spec.dnsName === proved && one.status?.state === 'valid'),
    )
    await client.deactivateAuthorization(authorization, patience())
    await client.close()
    await user.edit(issuers, 'deactivated', { spec: { acme: { solvers: [site().httpSolver] } } })

    expect(await untilFailed('deactivated')).toMatch(/Order orders\/deactivated-1-\d+ is invalid: The CA declared the order invalid/)
    await user.untilReady('deactivated')
    expect((await ordersOf('deactivated')).map((one) => one.status?.state)).toEqual(['valid'])
  })

  test('an authorization that expires before the CA has looked ends the order, and the next one brings the certificate', async () => {
    const proxy = await caOf('expired-proof')
    const expired: Fault = { kind: 'rewritten', rewrite: (text) => JSON.stringify({ ...(JSON.parse(text) as Json), status: 'expired' }) }
    proxy.breakNext('/authZ/', expired, 1)
    await ask('expired-proof')
    expect(await untilFailed('expired-proof')).toMatch(/is expired: Challenge .* is expired: The authorization expired at the CA/)
    await user.untilReady('expired-proof')
  })

  test('an order that expires while a proof is awaited is given up, and the next one brings the certificate', async () => {
    const proxy = await caOf('expired-order')
    const nobody = { http01: { ingress: { ingressClassName: 'nobody' } }, waitInsteadOfSelfCheck: '1h' }
    await user.edit(issuers, 'expired-order', { spec: { acme: { solvers: [nobody] } } })
    const expires = toRfc3339(plus(systemClock.now(), -HOUR))
    proxy.breakNext('/order-plz', inPlaceOf('pending', { expires }))
    const mend = proxy.breakAll('/my-order/', inPlaceOf('pending', { expires }))
    await ask('expired-order')
    expect(await untilFailed('expired-order')).toContain(`The order expired at the CA at ${expires}, it was still pending`)
    mend()
    await user.edit(issuers, 'expired-order', { spec: { acme: { solvers: [site().httpSolver] } } })
    await user.untilReady('expired-order')
  })

  test('a CA that is still issuing when the order has expired is waited for no longer, and asked again', async () => {
    const proxy = await caOf('too-slow')
    const expires = toRfc3339(plus(systemClock.now(), -HOUR))
    const mend = proxy.breakAll('/my-order/', inPlaceOf('valid', { ...issuing, expires }))
    await ask('too-slow')
    expect(await untilFailed('too-slow')).toContain(`The order expired at the CA at ${expires}, it was still processing`)
    mend()
    await user.untilReady('too-slow')
  })

  test('a CA that takes its time to issue is waited for, the Order says so, and it is finalized once', async () => {
    const proxy = await caOf('slow')
    const mend = proxy.breakAll('/my-order/', inPlaceOf('valid', issuing))
    await ask('slow')
    await untilOrder('slow', ({ status }) => status?.state === 'processing')
    mend()
    const { status } = await user.untilReady('slow')
    expect(status?.failedIssuanceAttempts).toBeUndefined()
    expect(counted(proxy, 'POST /finalize-order/')).toBe(1)
  })

  test('a CA that takes its time to look at a proof is told of it once', async () => {
    const proxy = await caOf('long-look')
    const mend = proxy.breakAll('/authZ/', {
      kind: 'rewritten',
      rewrite: (text) => {
        const body = JSON.parse(text) as Json & { readonly challenges: readonly Json[] }
        if (body['status'] !== 'valid') return text
        return JSON.stringify({ ...body, status: 'pending', challenges: body.challenges.map((one) => ({ ...one, status: 'processing' })) })
      },
    })
    await ask('long-look')
    await waitFor('the CA is asked for its verdict again and again', async () => (counted(proxy, 'POST /authZ/') >= 6 ? true : undefined))
    mend()
    const { status } = await user.untilReady('long-look')
    expect(status?.failedIssuanceAttempts).toBeUndefined()
    expect(counted(proxy, 'POST /chalZ/')).toBe(1)
  })

  test('a certificate for another key than was ordered is not stored, and ordered again after a rest', async () => {
    const proxy = await caOf('foreign')
    await ask('foreign')
    await user.untilReady('foreign')
    const foreign = textIn(await user.secret('foreign'), 'tls.crt')
    await user.create(issuers, 'other-key', { spec: (await user.get(issuers, 'foreign')).spec })
    proxy.breakNext('/certZ/', { kind: 'rewritten', rewrite: () => foreign })
    await ask('other-key')
    expect(await untilFailed('other-key')).toMatch(/for Order \S+ is for another key than the one in the CSR$/)
    const request = await user.find(certificateRequests, 'other-key-1')
    expect(request?.status?.certificate).toBeUndefined()
    await user.until(certificates, 'other-key', isDone)
    const secret = await user.secret('other-key')
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  })

  test('a certificate for another name than was ordered is not stored, while the old one stays in use, and ordered again after a rest', async () => {
    const proxy = await caOf('renamed')
    const spec = certificateSpec('renamed', { issuerRef: { name: 'renamed' } })
    await user.createCertificate('renamed', { ...spec, privateKey: { ...spec.privateKey, rotationPolicy: 'Never' } })
    await user.untilReady('renamed')
    const old = textIn(await user.secret('renamed'), 'tls.crt')
    proxy.breakNext('/certZ/', { kind: 'rewritten', rewrite: () => old })
    await user.edit(certificates, 'renamed', { spec: { dnsNames: ['new-name.example.com'] } })
    expect(await untilFailed('renamed')).toMatch(/for Order \S+ is not for new-name\.example\.com$/)
    expect(textIn(await user.secret('renamed'), 'tls.crt')).toBe(old)
    await user.untilReady('renamed', 2)
    expect(leafIn(await user.secret('renamed')).subjectAltName).toBe('DNS:new-name.example.com')
  })
})

leavesNothingBehind(() => site().underTest)
