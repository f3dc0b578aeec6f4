import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificates, issuers, orders } from '../../src/crds/resources.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { FaultProxy } from '../integration/acme-fault-proxy.ts'
import { acmeSite } from './acme-site.ts'
import { isDone } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { keyIn, leafIn } from './stored.ts'
import { operatorLog } from '../testbed/operator.ts'
import { waitFor } from './wait-for.ts'

// Every nonce is good, so that a finalize in a proxy's journal is one that the operator meant.
const site = acmeSite('acme-kill', { nonceRejectPercent: 0 })
/** The lease is looked at often, and outlasts a busy machine. */
const lease = ['--leader-election-lease-duration=30s', '--leader-election-renew-deadline=20s', '--leader-election-retry-period=500ms']
const leaseName = { namespace: 'kube-system', name: 'cert-manager-controller' }

/** The requests of an issuance, each by its path and by how many of that path come before it. */
const requests: readonly (readonly [what: string, path: string, skipping?: number])[] = [
  ['the directory', '/dir'],
  ['the first nonce', '/nonce-plz'],
  ['the new account', '/sign-me-up'],
  ['the directory of the next client', '/dir', 1],
  ['the new order', '/order-plz'],
  ['the authorization', '/authZ/'],
  ['the acceptance of the challenge', '/chalZ/'],
  ['the verdict on the authorization', '/authZ/', 1],
  ['the order that is proved', '/my-order/'],
  ['the finalization', '/finalize-order/'],
  ['the order that is finalized', '/my-order/', 1],
  ['the certificate', '/certZ/'],
  ['the renewal information', '/draft-ietf-acme-ari-03/renewalInfo'],
]

interface Point {
  readonly name: string
  readonly when: 'before' | 'after'
  readonly what: string
  readonly path: string
  readonly skipping: number
}

const points: readonly Point[] = requests.flatMap(([what, path, skipping = 0], index) =>
  (['before', 'after'] as const).map((when) => ({ name: `${when}-${index}`, when, what, path, skipping })),
)

const proxies = new Map<string, FaultProxy>()
let user: ClusterUser

// Each Certificate has an issuer and a proxy of its own, which keeps one request, or its answer, until the operator is dead. So one
// death is a death at every point.
beforeAll(async () => {
  const operator = await site().start({ flags: lease })
  user = await site().underTest.user('kill')
  const reached = new Set<string>()
  for (const point of points) await issueUntil(point, () => reached.add(point.name))
  await waitFor('every request is where the operator is to die', async () => (reached.size === points.length ? true : undefined)).catch(
    (error: unknown) => {
      const missing = points.filter(({ name }) => !reached.has(name)).map(({ when, what }) => `${when} ${what}`)
      throw new Error(`never came to: ${missing.join(', ')}`, { cause: error })
    },
  )
  await site().underTest.kill(operator)
  await site().start({ flags: lease })
})

afterAll(async () => {
  for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]()
})

async function issueUntil({ name, when, path, skipping }: Point, onset: () => void): Promise<void> {
  const proxy = await startFaultProxy(site().acme)
  proxies.set(name, proxy)
  proxy.breakNext(path, { kind: 'silence', acts: when === 'after', onset }, skipping)
  const caBundle = Buffer.from(proxy.caPem).toString('base64')
  await user.create(issuers, name, {
    spec: site().issuerSpec({ server: proxy.directoryUrl, caBundle, privateKeySecretRef: { name: `account-${name}` } }),
  })
  await user.createCertificate(name, certificateSpec(name, { issuerRef: { name } }))
}

describe('killed', () => {
  test.each(points)('$when $what, its next life issues the certificate, with one finalization', async ({ name }) => {
    const { status } = await user.until(certificates, name, isDone)
    expect(status).toMatchObject({ revision: 1 })
    expect(status?.failedIssuanceAttempts).toBeUndefined()
    const passed = proxies.get(name)?.passed ?? []
    expect(passed.filter((line) => line.startsWith('POST /finalize-order/'))).toHaveLength(1)
    const secret = await user.secret(name)
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  })

  test('at all of these points it has one Order for each certificate, and none that failed', async () => {
    expect((await user.list(orders)).map(({ status }) => status?.state)).toEqual(points.map(() => 'valid'))
  })
})

test('an operator that loses its lease while it finalizes, and gets it back at once, reads the order first', async () => {
  const { promise: isFinalizing, resolve } = Promise.withResolvers<void>()
  const lost = { name: 'lost-lease', when: 'after', what: '', path: '/finalize-order/', skipping: 0 } as const
  await issueUntil(lost, resolve)
  await isFinalizing
  await site().underTest.testbed.kubectl([
    ...['-n', leaseName.namespace, 'patch', 'lease', leaseName.name, '--type=merge', '-p'],
    JSON.stringify({
      spec: { holderIdentity: 'somebody', leaseDurationSeconds: 1, renewTime: new Date().toISOString().replace('Z', '000Z') },
    }),
  ])
  await user.until(certificates, lost.name, isDone)
  expect((proxies.get(lost.name)?.passed ?? []).filter((line) => line.startsWith('POST /finalize-order/'))).toHaveLength(1)
  const [operator] = site().underTest.operators.filter((one) => one.isRunning())
  const log = operator === undefined ? [] : await operatorLog(operator)
  expect(log.filter(({ msg }) => msg === 'lost the lease')).not.toEqual([])
})

leavesNothingBehind(() => site().underTest)
