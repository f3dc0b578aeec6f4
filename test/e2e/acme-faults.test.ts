import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificates, issuers, orders } from '../../src/crds/resources.ts'
import { SECOND } from '../../src/lib/instant.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { Fault, FaultProxy } from '../integration/acme-fault-proxy.ts'
import { acmeSite } from './acme-site.ts'
import { isDone } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { installClusterCa, leavesNothingBehind } from './operator-under-test.ts'
import { keyIn, leafIn, textIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

// Every nonce is good, so that a finalize in a proxy's journal is one that the operator meant.
const site = acmeSite('acme-faults', { nonceRejectPercent: 0 })

const endpoints = {
  directory: '/dir',
  newNonce: '/nonce-plz',
  newAccount: '/sign-me-up',
  newOrder: '/order-plz',
  order: '/my-order/',
  authorization: '/authZ/',
  challenge: '/chalZ/',
  finalize: '/finalize-order/',
  certificate: '/certZ/',
  renewalInfo: '/draft-ietf-acme-ari-03/renewalInfo',
} as const

const rateLimited = '{"type":"urn:ietf:params:acme:error:rateLimited","detail":"slow down"}'
const soon = (): string => new Date(Date.now() + 2 * SECOND).toUTCString()

const rules: Readonly<Record<string, Fault>> = {
  '429 for two seconds': { kind: 'answer', status: 429, headers: { 'retry-after': '2' }, body: rateLimited },
  '429 until a date': { kind: 'answer', status: 429, headers: () => ({ 'retry-after': soon() }), body: rateLimited },
  '429 without a time': { kind: 'answer', status: 429, body: rateLimited },
  '429 until nonsense': { kind: 'answer', status: 429, headers: { 'retry-after': 'next week' }, body: 'slow down' },
  '500 with a problem': { kind: 'answer', status: 500, body: '{"type":"urn:ietf:params:acme:error:serverInternal","detail":"oops"}' },
  '503 with a page': { kind: 'answer', status: 503, headers: { 'retry-after': '1' }, body: '<html>maintenance</html>' },
  'a reset': { kind: 'reset' },
  'half a body': { kind: 'half-body' },
  'a huge body': { kind: 'answer', status: 200, body: `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}` },
  'a slow body': { kind: 'slow-body' },
  'no JSON': { kind: 'answer', status: 200, body: '<html>welcome</html>' },
  'a lost answer': { kind: 'lost-answer' },
  'a lost answer behind a 502': { kind: 'rewritten', status: 502, rewrite: () => '<html>bad gateway</html>' },
}

/** One Certificate for each rule, from an issuer and through a proxy of its own. Each endpoint goes wrong when it is first asked. */
const cells = Object.keys(rules).map((rule, index) => ({ name: `rule-${index}`, rule }))

const proxies = new Map<string, FaultProxy>()
/** Secret → every pair of chain and key that it was ever seen with. */
const served = new Map<string, Map<string, string>>()
const looking = new AbortController()
let looked: Promise<void>
let user: ClusterUser

beforeAll(async () => {
  await site().start()
  await installClusterCa(site().underTest)
  user = await site().underTest.user('faults')
  for (const { name } of cells) await user.createCertificate(name, certificateSpec(name))
  for (const { name } of cells) await user.untilReady(name)
  looked = keepLooking()
  for (const cell of cells) await moveToAcme(cell)
})

afterAll(async () => {
  looking.abort()
  await looked
  for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]()
})

/** From the CA issuer, whose certificate is served meanwhile, to an ACME issuer with a proxy of its own. */
async function moveToAcme({ name, rule }: (typeof cells)[number]): Promise<void> {
  const proxy = await startFaultProxy(site().acme)
  proxies.set(name, proxy)
  const fault = rules[rule]
  if (fault !== undefined) for (const path of Object.values(endpoints)) proxy.breakNext(path, fault)
  const caBundle = Buffer.from(proxy.caPem).toString('base64')
  await user.create(issuers, name, {
    spec: site().issuerSpec({ server: proxy.directoryUrl, caBundle, privateKeySecretRef: { name: `account-${name}` } }),
  })
  await user.edit(certificates, name, { spec: { issuerRef: { name, kind: 'Issuer' } } })
}

async function keepLooking(): Promise<void> {
  while (!looking.signal.aborted) {
    const pairs = (await user.list(secrets)).filter(({ type }) => type === 'kubernetes.io/tls')
    for (const secret of pairs) {
      const seen = served.get(secret.metadata.name) ?? new Map<string, string>()
      served.set(secret.metadata.name, seen.set(textIn(secret, 'tls.crt'), textIn(secret, 'tls.key')))
    }
    await sleep(500)
  }
}

const finalizesAtTheCa = (name: string): readonly string[] =>
  (proxies.get(name)?.passed ?? []).filter((line) => line.startsWith('POST /finalize-order/'))

test.each(cells)('a Certificate is issued although its CA answers the first request to each endpoint with $rule', async ({ name }) => {
  const certificate = await user.until(certificates, name, (one) => isDone(one) && one.status?.revision === 2)
  expect(certificate.status?.failedIssuanceAttempts).toBeUndefined()
  expect(finalizesAtTheCa(name)).toHaveLength(1)
  await user.until(certificates, name, ({ status }) => status?.acme?.ari?.nextCheck !== undefined)
  const spoiled = proxies.get(name)?.spoiled ?? []
  expect(Object.entries(endpoints).filter(([, path]) => !spoiled.some((line) => line.split(' ')[1]?.startsWith(path)))).toEqual([])
})

test('no Order was lost to it, and none was made twice', async () => {
  const all = await user.list(orders)
  expect(all.map(({ status }) => status?.state)).toEqual(cells.map(() => 'valid'))
})

test('the Secret held the old pair until it held the new one, and nothing else', async () => {
  for (const { name } of cells) {
    const secret = await user.secret(name)
    const pairs = served.get(name) ?? new Map<string, string>()
    pairs.set(textIn(secret, 'tls.crt'), textIn(secret, 'tls.key'))
    expect(pairs.size).toBe(2)
    expect(new Set(pairs.values()).size).toBe(2)
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  }
})

test('a CA that nobody can reach for a while is asked again, and its Certificates are issued within a minute', async () => {
  const proxy = await startFaultProxy(site().acme)
  proxies.set('outage', proxy)
  const issuer = site().issuerSpec({ server: proxy.directoryUrl, caBundle: Buffer.from(proxy.caPem).toString('base64') })
  await user.create(issuers, 'outage', { spec: issuer })
  await user.until(issuers, 'outage', ({ status }) => status?.acme?.uri !== undefined)
  const mend = proxy.breakAll('/', { kind: 'reset' })
  const names = Array.from({ length: 8 }, (_, index) => `outage-${index}`)
  for (const name of names) await user.createCertificate(name, certificateSpec(name, { issuerRef: { name: 'outage' } }))
  const why = (
    await waitFor('an Order says that its CA cannot be reached', async () =>
      (await user.list(orders)).find(({ status }) => /cannot be reached/.test(status?.reason ?? '')),
    )
  ).status?.reason
  expect(why).toMatch(/^Waiting for the CA: /)
  await waitFor('the CA was asked often enough to be left alone', async () => (proxy.spoiled.length >= 4 ? true : undefined))
  mend()
  for (const name of names) await user.untilReady(name)
  expect(finalizesAtTheCa('outage')).toHaveLength(names.length)
})

test('the operator has lived through all of it', () => {
  expect(site().underTest.operators.map((operator) => operator.isRunning())).toEqual([true])
})

leavesNothingBehind(() => site().underTest)
