import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AcmeIssuer, AcmeSolver } from '../../src/crds/issuer.ts'
import { certificates, challenges, issuers, orders } from '../../src/crds/resources.ts'
import { ingressRouteTcps } from '../../src/kube/traefik.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { FaultProxy } from '../integration/acme-fault-proxy.ts'
import type { AcmeServer } from '../testbed/acme-server.ts'
import type { ForgetfulRelay } from '../testbed/forgetful-relay.ts'
import { startForgetfulRelay } from '../testbed/forgetful-relay.ts'
import type { Nameserver } from '../testbed/nameserver.ts'
import { acmeSite } from './acme-site.ts'
import { isDone } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { txtValuesAt } from './dns-site.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { base64, keyIn, leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

// Every nonce is good, so that a finalize in a proxy's journal is one that the operator meant.
const site = acmeSite('proofs-kill', { nonceRejectPercent: 0 }, { ownKinds: true })
const lease = ['--leader-election-lease-duration=30s', '--leader-election-renew-deadline=20s', '--leader-election-retry-period=500ms']

type Way = 'dns' | 'tls'
interface Point {
  readonly name: string
  readonly way: Way
  readonly when: string
  /** A request to the CA that is kept, or its answer; else an update of the zone whose answers are lost. */
  readonly at: { readonly path: string; readonly skipping: number; readonly acts: boolean } | { readonly update: 'add' | 'remove' }
}

const requests: readonly (readonly [what: string, path: string, skipping?: number])[] = [
  ['the acceptance of the challenge', '/chalZ/'],
  ['the verdict on the authorization', '/authZ/', 1],
  ['the finalization', '/finalize-order/'],
  ['the certificate', '/certZ/'],
]
const ways = ['dns', 'tls'] as const
const points: readonly Point[] = [
  { name: 'dns-add', way: 'dns', when: 'after the record is there, which nobody knows', at: { update: 'add' } },
  { name: 'dns-remove', way: 'dns', when: 'after the record is gone, which nobody knows', at: { update: 'remove' } },
  ...ways.flatMap((way) =>
    requests.flatMap(([what, path, skipping = 0], index) =>
      [false, true].map((acts) => ({
        name: `${way}-${acts ? 'after' : 'before'}-${index}`,
        way,
        when: `${acts ? 'after' : 'before'} ${what}`,
        at: { path, skipping, acts },
      })),
    ),
  ),
]

const proxies = new Map<string, FaultProxy>()
const relays: ForgetfulRelay[] = []
let zone: Nameserver
let cas: Readonly<Record<Way, AcmeServer>>
let user: ClusterUser

// One death is a death at every point: each Certificate has an issuer, a proxy and, for DNS, a way to its server of its own.
beforeAll(async () => {
  const { underTest, acme } = site()
  zone = await underTest.testbed.startNameserver({ zones: { 'example.com': { updates: 'anybody' } } })
  cas = { tls: acme, dns: await underTest.testbed.startAcme({ nonceRejectPercent: 0, dnsServer: zone.server }) }
  const flags = [...lease, `--dns01-recursive-nameservers=${zone.server}`]
  const operator = await site().start({ flags })
  user = await underTest.user('proofs')
  const reached = new Set<string>()
  for (const point of points) await issueUntil(point, () => reached.add(point.name))
  await waitFor('every proof is where the operator is to die', async () => (reached.size === points.length ? true : undefined)).catch(
    (error: unknown) => {
      const missing = points.filter(({ name }) => !reached.has(name)).map(({ name }) => name)
      throw new Error(`never came to: ${missing.join(', ')}`, { cause: error })
    },
  )
  await underTest.kill(operator)
  for (const relay of relays) relay.loseAnswers(() => false)
  await site().start({ flags })
})

afterAll(async () => {
  for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]()
  for (const relay of relays) relay[Symbol.dispose]()
})

async function issueUntil({ name, way, at }: Point, onset: () => void): Promise<void> {
  const proxy = await startFaultProxy(cas[way])
  proxies.set(name, proxy)
  if ('path' in at) proxy.breakNext(at.path, { kind: 'silence', acts: at.acts, onset }, at.skipping)
  const solvers = [way === 'tls' ? bySocket : await byRecord('update' in at ? at.update : undefined, onset)]
  const acme: Partial<AcmeIssuer> = { server: proxy.directoryUrl, caBundle: base64(proxy.caPem), solvers }
  await user.create(issuers, name, { spec: site().issuerSpec({ ...acme, privateKeySecretRef: { name: `account-${name}` } }) })
  await user.createCertificate(name, certificateSpec(name, { issuerRef: { name } }))
}

const bySocket: AcmeSolver = { tlsALPN01: { ingressRouteTCP: { entryPoints: ['websecure'] } } }

async function byRecord(lost: 'add' | 'remove' | undefined, onset: () => void): Promise<AcmeSolver> {
  const relay = await startForgetfulRelay(zone.address, zone.server)
  relays.push(relay)
  relay.loseAnswers((message) => {
    // RFC 2136 §2.5.4: what is to be removed is a TXT record (16) of class NONE (254).
    const isRemoval = message.includes(Buffer.from([0, 16, 0, 254]))
    const isLost = lost === (isRemoval ? 'remove' : 'add')
    if (isLost) onset()
    return isLost
  })
  return { dns01: { rfc2136: { nameserver: relay.server } } }
}

describe('killed', () => {
  test.each(points)(
    '$when, an operator that proves by $way issues the certificate in its next life, with one finalization',
    async (point) => {
      const { status } = await user.until(certificates, point.name, isDone)
      expect(status).toMatchObject({ revision: 1 })
      expect(status?.failedIssuanceAttempts).toBeUndefined()
      const passed = proxies.get(point.name)?.passed ?? []
      expect(passed.filter((line) => line.startsWith('POST /finalize-order/'))).toHaveLength(1)
      const secret = await user.secret(point.name)
      expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
    },
  )

  test('at all of these points it has one Order for each certificate, and none that failed', async () => {
    expect((await user.list(orders)).map(({ status }) => status?.state)).toEqual(points.map(() => 'valid'))
  })

  test('it has left neither Challenges nor routes nor records behind', async () => {
    await waitFor('Challenges and routes are gone', async () =>
      (await user.list(challenges)).length + (await user.list(ingressRouteTcps)).length === 0 ? true : undefined,
    )
    const names = points.filter(({ way }) => way === 'dns').map(({ name }) => `_acme-challenge.${name}.example.com`)
    const left = await Promise.all(names.map(async (name) => [name, await txtValuesAt(zone, name)] as const))
    expect(left.filter(([, values]) => values.length > 0)).toEqual([])
  })
})

leavesNothingBehind(() => site().underTest)
