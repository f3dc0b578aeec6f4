import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateRequests, issuers, orders } from '../../src/crds/resources.ts'
import type { Order } from '../../src/crds/order.ts'
import { leases } from '../../src/kube/kinds.ts'
import { SECOND } from '../../src/lib/instant.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { Fault, FaultProxy } from '../integration/acme-fault-proxy.ts'
import type { Operator } from '../testbed/operator.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('acme-limits', { nonceRejectPercent: 0 })
const leaseName = { namespace: 'kube-system', name: 'cert-manager-controller' }
const { signal } = new AbortController()

const soon = (): string => new Date(Date.now() + 8 * SECOND).toUTCString()
type Headers = Extract<Fault, { kind: 'answer' }>['headers']
const refusal = (headers: Headers = {}): Fault => ({
  kind: 'answer',
  status: 429,
  headers,
  body: '{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many new orders for this account"}',
})

/** How each CA refuses new orders. */
const refusals: Readonly<Record<string, Fault>> = {
  seconds: refusal({ 'retry-after': '8' }),
  date: refusal(() => ({ 'retry-after': soon() })),
  hour: refusal({ 'retry-after': '3600' }),
  absent: refusal(),
  garbage: refusal({ 'retry-after': 'when it suits you' }),
}
const namesATime = ['seconds', 'date', 'hour']
const passing = Object.keys(refusals).filter((name) => name !== 'hour')

const proxies = new Map<string, FaultProxy>()
const mends = new Map<string, () => void>()
const before = new Map<string, Order>()
let operator: Operator
let user: ClusterUser
let neighbor: ClusterUser

beforeAll(async () => {
  operator = await site().start()
  user = await site().underTest.user('limited')
  neighbor = await site().underTest.user('neighbor')
  await neighbor.create(issuers, 'acme', { spec: site().issuerSpec() })
  for (const [name, fault] of Object.entries(refusals)) {
    const proxy = await startFaultProxy(site().acme)
    proxies.set(name, proxy)
    mends.set(name, proxy.breakAll('/order-plz', fault))
    const caBundle = Buffer.from(proxy.caPem).toString('base64')
    const front = { server: proxy.directoryUrl, caBundle, privateKeySecretRef: { name: `account-${name}` } }
    await user.create(issuers, name, { spec: site().issuerSpec(front) })
    await user.createCertificate(name, certificateSpec(name, { issuerRef: { name } }))
  }
})

afterAll(async () => {
  for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]()
})

const orderOf = async (name: string): Promise<Order | undefined> =>
  (await user.list(orders)).find(({ metadata }) => metadata.name.startsWith(`${name}-1-`))
const triesOf = (name: string): number => (proxies.get(name)?.seen ?? []).filter((line) => line === 'POST /order-plz').length

test.each(Object.keys(refusals))(
  'an Order that its CA refuses stays, and says why, and until when if that is known (Retry-After: %s)',
  async (name) => {
    const order = await waitFor(`the reason of ${name}`, async () => {
      const found = await orderOf(name)
      return found?.status?.reason?.includes('too many new orders') === true ? found : undefined
    })
    before.set(name, order)
    const opening = namesATime.includes(name) ? /^Waiting for the CA, which asks to come back at \S+Z: 429 / : /^Waiting for the CA: 429 /
    expect(order.status?.reason).toMatch(opening)
    const { status } = await user.until(
      certificateRequests,
      `${name}-1`,
      (request) => conditionOf(request.status, 'Ready')?.message?.includes('too many new orders') === true,
    )
    expect(conditionOf(status, 'Ready')).toMatchObject({ status: 'False', reason: 'Pending' })
  },
)

test('others are issued meanwhile', async () => {
  await neighbor.createCertificate('web', certificateSpec('web', { issuerRef: { name: 'acme' } }))
  await neighbor.untilReady('web')
})

test('what the CA has said is known after a restart: neither this order is sent before its time nor another one of the account', async () => {
  await operator.stop('SIGKILL')
  // So that the next life need not wait until the lease of the dead has run out.
  const held = await site().underTest.cluster.get(leases, leaseName, signal)
  if (held !== undefined) await site().underTest.cluster.delete(leases, held, signal)
  const tries = triesOf('hour')
  operator = await site().start()
  for (const name of passing) mends.get(name)?.()
  await user.createCertificate('late', certificateSpec('late', { issuerRef: { name: 'hour' } }))
  await waitFor('the other order of the account waits', async () =>
    /^Waiting for the CA's limits until \S+Z: .*this account/.test((await orderOf('late'))?.status?.reason ?? '') ? true : undefined,
  )
  for (const name of passing) await user.untilReady(name)
  expect(triesOf('hour')).toBe(tries)
  expect((await orderOf('hour'))?.status?.reason).toBe(before.get('hour')?.status?.reason)
})

test('when the CA takes orders again, the same Orders bring the certificates', async () => {
  for (const name of passing) {
    const order = await orderOf(name)
    expect([order?.metadata.uid, order?.status?.state]).toEqual([before.get(name)?.metadata.uid, 'valid'])
    expect((await user.untilReady(name)).status?.failedIssuanceAttempts).toBeUndefined()
  }
})

leavesNothingBehind(() => site().underTest)
