import { expect, test } from 'vitest'
import { AcmeError } from '../../acme/acme-error.ts'
import { createOrderPacer } from '../../acme/pacing/order-pacer.ts'
import type { Issuer } from '../../crds/issuer.ts'
import type { Order } from '../../crds/order.ts'
import type { ObjectName } from '../../crds/resource.ts'
import { limitReason, waitReason } from '../../issuers/acme/order-wait.ts'
import { HOUR, instant, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import { orderPacing, rememberOrders } from './pacing.ts'

const start = instant(Date.UTC(2026, 10, 22))
const ACCOUNT = 'https://ca.example.test/acct/1'
const limits = () => ({ account: { capacity: 2, refill: HOUR } })

function issuer(namespace: string): Issuer {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Issuer',
    metadata: { name: 'letsencrypt', namespace },
    spec: { acme: { server: 'https://ca.example.test/dir', privateKeySecretRef: { name: 'key' } } },
    status: { acme: { uri: ACCOUNT } },
  }
}

function order(
  name: string,
  changes: { readonly namespace?: string; readonly status?: Order['status']; readonly replaces?: string } = {},
): Order {
  const { namespace = 'shop', status, replaces } = changes
  return {
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Order',
    metadata: { name, namespace, uid: `uid of ${name}`, creationTimestamp: toRfc3339(start) },
    spec: { request: '', issuerRef: { name: 'letsencrypt' }, dnsNames: [name], ...(replaces === undefined ? {} : { replaces }) },
    ...(status === undefined ? {} : { status }),
  }
}

const listers = {
  issuers: { get: ({ namespace = '' }: ObjectName) => (namespace === 'gone' ? undefined : issuer(namespace)), list: () => [] },
  clusterIssuers: { get: () => undefined, list: () => [] },
}

function pacing(clock: { now: Instant } = { now: start }) {
  const pacer = createOrderPacer(limits)
  return { pacer, pacing: orderPacing(pacer, { now: () => clock.now }, listers) }
}

test('issuers of two namespaces with one account share its limit', () => {
  const { pacing: limited } = pacing()
  expect(limited.admit(order('a.example.com')).kind).toBe('go')
  expect(limited.admit(order('b.example.com', { namespace: 'blog' })).kind).toBe('go')
  expect(limited.admit(order('c.example.com'))).toMatchObject({ kind: 'wait', until: plus(start, HOUR) })
})

test('an order that the CA did not take leaves its place to others, and is kept away as long as the CA said', async () => {
  const clock = { now: start }
  const { pacing: limited } = pacing(clock)
  const refused = order('a.example.com')
  limited.admit(refused)
  const problem = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many certificates for this exact set', subproblems: [] }
  const error = new AcmeError('acme/rateLimited', problem.detail, { httpStatus: 429, problem, retryAfter: plus(start, 3 * HOUR) })
  await expect(limited.place(refused, () => Promise.reject(error))).rejects.toBe(error)
  expect([limited.admit(order('b.example.com')).kind, limited.admit(order('c.example.com')).kind]).toEqual(['go', 'go'])
  clock.now = plus(start, 2 * HOUR)
  expect(limited.admit(refused)).toMatchObject({ kind: 'wait', until: plus(start, 3 * HOUR) })
  clock.now = plus(start, 3 * HOUR)
  expect(limited.admit(refused).kind).toBe('go')
})

test('a renewal that the CA suggested does not count', () => {
  const { pacing: limited } = pacing()
  const renewals = ['a', 'b', 'c'].map((name) => order(`${name}.example.com`, { replaces: 'AAAA.BBBB' }))
  expect(renewals.map((renewal) => limited.admit(renewal).kind)).toEqual(['go', 'go', 'go'])
})

test('an order whose issuer is gone meets no limit', () => {
  const { pacing: limited } = pacing()
  const orders = ['a', 'b', 'c'].map((name) => order(`${name}.example.com`, { namespace: 'gone' }))
  expect(orders.map((one) => limited.admit(one).kind)).toEqual(['go', 'go', 'go'])
})

test('after a restart the orders in the cluster count, but not those that were never placed', () => {
  const { pacer, pacing: limited } = pacing()
  const url = 'https://ca.example.test/order/1'
  const standing = [order('never-placed.example.com'), order('issued.example.com', { status: { url, state: 'valid' } })]
  rememberOrders(pacer, { get: () => undefined, list: () => standing }, listers, start)
  expect(limited.admit(order('a.example.com')).kind).toBe('go')
  expect(limited.admit(order('b.example.com')).kind).toBe('wait')
})

test('what the CA has closed is recalled from the orders that wait for it, and not from those that wait in our own line', () => {
  const until = plus(start, HOUR)
  const refusal = waitReason('429 urn:ietf:params:acme:error:rateLimited: too many new orders for this account', until)
  const inLine = limitReason('The CA takes no more orders for this account for now; 3 others go first', plus(start, 5 * HOUR))
  const { pacer, pacing: limited } = pacing()
  const standing = [
    order('refused.example.com', { status: { reason: refusal } }),
    order('in-line.example.com', { status: { reason: inLine } }),
  ]
  rememberOrders(pacer, { get: () => undefined, list: () => standing }, listers, start)
  expect(limited.admit(order('a.example.com'))).toMatchObject({ kind: 'wait', until })
})
