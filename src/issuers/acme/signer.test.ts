import { expect, test } from 'vitest'
import type { Challenge } from '../../crds/challenge.ts'
import type { Issuer } from '../../crds/issuer.ts'
import type { Order, OrderStatus } from '../../crds/order.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { Informer } from '../../kube/lister.ts'
import { instant } from '../../lib/instant.ts'
import { aTemplate, usages } from '../../pki/oracles.test-support.ts'
import { createCsr } from '../../pki/csr.ts'
import { generatePrivateKey } from '../../pki/private-key.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { subjectName } from '../../pki/name.ts'
import { anApprovedRequest, base64 } from '../approved-request.test-support.ts'
import type { ApprovedRequest } from '../signer.ts'
import { acmeSigner } from './signer.ts'

const now = instant(Date.UTC(2026, 0, 1))
const signal = new AbortController().signal
const key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
const other = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
const aCertificate = async (changes: Parameters<typeof aTemplate>[1] = {}, of = key) =>
  base64(await signCertificate(aTemplate(of, { sans: { dnsNames: ['web.example.com'] }, ...changes }), { key: of }))
const certificate = await aCertificate()
const webCsr = await createCsr({ subject: [], sans: { dnsNames: ['web.example.com'] } }, key)
const issuer: Issuer = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name: 'acme', namespace: 'shop' },
  spec: { acme: { server: 'https://acme.example.com/directory', privateKeySecretRef: { name: 'account' } } },
}

test.each<[what: string, csr: Parameters<typeof createCsr>[0], more: Partial<ApprovedRequest>, then: string]>([
  ['names that match', { subject: subjectName({ commonName: 'web.example.com' }), sans: { dnsNames: ['web.example.com'] } }, {}, 'ordered'],
  ['no common name', { subject: [], sans: { dnsNames: ['web.example.com'] } }, {}, 'ordered'],
  [
    'the common name among its addresses',
    { subject: subjectName({ commonName: '10.0.0.1' }), sans: { ipAddresses: ['10.0.0.1'] } },
    {},
    'ordered',
  ],
  [
    'a common name that is not among its DNS names',
    { subject: subjectName({ commonName: 'web.example.com' }), sans: { dnsNames: ['example.com'] } },
    {},
    'failed: InvalidOrder',
  ],
  [
    'a common name that is not among its addresses',
    { subject: subjectName({ commonName: '10.0.0.1' }), sans: { ipAddresses: ['10.0.0.2'] } },
    {},
    'failed: InvalidOrder',
  ],
  ['an email address alone', { subject: [], sans: { emailAddresses: ['ada@example.com'] } }, {}, 'failed: InvalidOrder'],
  [
    'usages that are not those of the request',
    { subject: [], sans: { dnsNames: ['web.example.com'] }, usages: usages(['code signing']) },
    {},
    'failed: RequestParsingError',
  ],
  [
    'isCA, which the request does not ask for',
    { subject: [], sans: { dnsNames: ['web.example.com'] }, isCA: true },
    {},
    'failed: RequestParsingError',
  ],
  [
    'usages of its own, where its request is one of Kubernetes',
    { subject: [], sans: { dnsNames: ['web.example.com'] }, usages: usages(['code signing']) },
    { bindsCsr: false },
    'ordered',
  ],
])('a CSR with %s', async (_what, csr, more, then) => {
  const { outcome, created } = await signed({ request: { csr: base64(await createCsr(csr, key)), ...more } })
  expect(created.length === 1 ? 'ordered' : `${outcome.kind}: ${'reason' in outcome ? outcome.reason : ''}`).toBe(then)
})

test.each([
  ['no base64', '%'],
  ['no PEM', base64('a CSR')],
  ['a broken PEM', base64('-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n')],
])('a CSR that is %s', async (_what, csr) => {
  expect((await signed({ request: { csr } })).outcome).toMatchObject({ kind: 'failed', reason: 'RequestParsingError' })
})

test.each<[what: string, status: OrderStatus | undefined, then: string]>([
  ['without a status', undefined, 'pending: OrderPending'],
  ['in a state that nobody knows', { state: 'lost' } as unknown as OrderStatus, 'pending: OrderPending'],
  ['that is pending', { state: 'pending' }, 'pending: OrderPending'],
  ['that is ready', { state: 'ready' }, 'pending: OrderPending'],
  ['that is processing', { state: 'processing' }, 'pending: OrderPending'],
  ['that is valid, without its certificate', { state: 'valid' }, 'pending: OrderPending'],
  ['that is valid, with an empty certificate', { state: 'valid', certificate: '' }, 'pending: OrderPending'],
  ['that is valid', { state: 'valid', certificate }, 'issued'],
  [
    'that is valid, with something else than a certificate',
    { state: 'valid', certificate: base64('a certificate') },
    'failed: OrderFailed',
  ],
  ['that is invalid', { state: 'invalid' }, 'failed: OrderFailed'],
  ['that has expired', { state: 'expired' }, 'failed: OrderFailed'],
  ['that is errored', { state: 'errored', reason: '400 urn:ietf:params:acme:error:rejectedIdentifier' }, 'failed: OrderFailed'],
])('an Order %s', async (_what, status, then) => {
  const { outcome, created } = await signed({ order: status ?? {} })
  expect(created).toEqual([])
  expect(outcome.kind === 'issued' ? 'issued' : `${outcome.kind}: ${outcome.reason}`).toBe(then)
})

test.each<[what: string, certificate: string, told: string]>([
  ['another key', await aCertificate({}, other), 'is for another key than the one in the CSR'],
  ['another name', await aCertificate({ sans: { dnsNames: ['example.com'] } }), 'is not for web.example.com'],
  ['no name at all', await aCertificate({ sans: {} }), 'is not for web.example.com'],
  ['a time that is over', await aCertificate({ notAfter: instant(Date.UTC(2025, 11, 31)) }), 'had expired at 2025-12-31T00:00:00Z'],
])('a certificate for %s is none that was ordered', async (_what, given, told) => {
  expect((await signed({ order: { state: 'valid', certificate: given } })).outcome).toEqual({
    kind: 'failed',
    reason: 'OrderFailed',
    message: `The certificate that the CA gave out for Order shop/web-1-1 ${told}`,
  })
})

test('a name more, and a name in capitals, do no harm', async () => {
  const more = await aCertificate({ sans: { dnsNames: ['WEB.example.com', 'www.web.example.com'] } })
  expect((await signed({ order: { state: 'valid', certificate: more } })).outcome.kind).toBe('issued')
})

test('what the CA said about a failure is part of the message', async () => {
  const reason = '400 urn:ietf:params:acme:error:rejectedIdentifier: no'
  expect((await signed({ order: { state: 'errored', reason } })).outcome).toMatchObject({
    message: `Order shop/web-1-1 is errored: ${reason}`,
  })
})

test('an Order of another request of that name is no answer', async () => {
  const { created } = await signed({ order: { state: 'valid', certificate }, owner: 'another' })
  expect(created).toHaveLength(1)
})

/** What comes of a request, with the Order that there is for it already. */
async function signed(given: { readonly request?: Partial<ApprovedRequest>; readonly order?: OrderStatus; readonly owner?: string }) {
  const created: unknown[] = []
  const cluster = { create: (_resource: unknown, order: unknown) => Promise.resolve(created.push(order)) } as unknown as Cluster
  const orders = given.order === undefined ? [] : [orderWith(given.order, given.owner ?? 'uid')]
  const signer = acmeSigner({
    cluster,
    orders: informerOf(orders),
    challenges: informerOf<Challenge>([]),
    clock: { now: () => now },
    copiedAnnotationPrefixes: ['*'],
    replaced: () => undefined,
    actingSince: () => undefined,
  })
  return { outcome: await signer.sign(anApprovedRequest(webCsr, given.request), issuer, signal), created }
}

function orderWith(status: OrderStatus, owner: string): Order {
  return {
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Order',
    metadata: {
      name: 'web-1-1',
      namespace: 'shop',
      ownerReferences: [{ apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', name: 'web-1', uid: owner, controller: true }],
    },
    spec: { request: '', issuerRef: { name: 'acme' } },
    status,
  }
}

function informerOf<T extends KubeObject>(objects: readonly T[]): Informer<T> {
  return {
    get: ({ name }) => objects.find(({ metadata }) => metadata.name === name),
    list: () => objects,
    index: (valuesOf) => (value) => objects.filter((object) => valuesOf(object).includes(value)),
    onChange: () => () => {},
    isSynced: () => true,
  }
}
