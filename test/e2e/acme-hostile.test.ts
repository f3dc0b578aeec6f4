import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificates, challenges, issuers, orders } from '../../src/crds/resources.ts'
import { events } from '../../src/kube/kinds.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { Fault, FaultProxy } from '../integration/acme-fault-proxy.ts'
import { operatorLog } from '../testbed/operator.ts'
import { acmeSite } from './acme-site.ts'
import { isDone } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('acme-hostile', { nonceRejectPercent: 0 })

/** In what a foreign server says, and nowhere else. */
const SECRET = 'the-word-of-the-intranet'
const METADATA = 'https://169.254.169.254/latest/meta-data/'
const METADATA_NAME = 'https://metadata.google.internal/computeMetadata/v1/'

interface Cell {
  readonly name: string
  readonly what: string
  readonly path: string
  readonly fault: (elsewhere: FaultProxy) => Fault
  /** What the Order, or whatever says it, has to tell. */
  readonly told: RegExp
  /** Once the CA behaves, the order that it has spoiled goes on. Default true; else only a new order helps. */
  readonly isMended?: false
}

const withField = (field: string, value: unknown): Fault => ({
  kind: 'rewritten',
  rewrite: (body) => JSON.stringify({ ...(JSON.parse(body) as object), [field]: value }),
})
const page: Fault = { kind: 'answer', status: 403, headers: { 'content-type': 'text/html' }, body: `<h1>Intranet</h1>${SECRET}` }
const endless: Fault = { kind: 'answer', status: 200, body: `{"detail":"${SECRET.repeat(100_000)}"}` }
const redirectTo = (location: string): Fault => ({ kind: 'answer', status: 302, headers: { location }, body: SECRET })
const at = ({ directoryUrl }: FaultProxy): string => directoryUrl.replace('/dir', `/${SECRET}`)
const never = /^Waiting for the CA: (169\.254\.169\.254|metadata\.google\.internal) is at a link-local address, which is never asked$/

const cells: readonly Cell[] = [
  {
    name: 'new-order-metadata',
    what: 'names a metadata service for new orders',
    path: '/dir',
    fault: () => withField('newOrder', METADATA),
    told: never,
  },
  {
    name: 'new-order-name',
    what: 'names a metadata service by its name',
    path: '/dir',
    fault: () => withField('newOrder', METADATA_NAME),
    told: never,
  },
  {
    name: 'new-order-elsewhere',
    what: 'names another host for new orders',
    path: '/dir',
    fault: (elsewhere) => withField('newOrder', at(elsewhere)),
    told: /no trusted TLS connection/,
  },
  {
    name: 'new-order-redirect',
    what: 'redirects a new order',
    path: '/order-plz',
    fault: (elsewhere) => redirectTo(at(elsewhere)),
    told: /302 the server redirects to another place, which is not followed/,
  },
  {
    name: 'new-order-page',
    what: 'answers a new order with a page',
    path: '/order-plz',
    fault: () => page,
    told: /403 the server gave no reason that ACME knows/,
  },
  {
    name: 'new-order-endless',
    what: 'answers a new order without end',
    path: '/order-plz',
    fault: () => endless,
    told: /answered with more than/,
  },
  {
    name: 'authz-metadata',
    what: 'names a metadata service for an authorization',
    path: '/order-plz',
    fault: () => withField('authorizations', [METADATA]),
    told: never,
    isMended: false,
  },
  {
    name: 'authz-page',
    what: 'answers for an authorization with a page',
    path: '/authZ/',
    fault: () => page,
    told: /403 the server gave no reason that ACME knows/,
  },
  {
    name: 'finalize-metadata',
    what: 'names a metadata service for the finalization',
    path: '/my-order/',
    fault: () => withField('finalize', METADATA),
    told: never,
  },
  {
    name: 'finalize-redirect',
    what: 'redirects the finalization',
    path: '/finalize-order/',
    fault: (elsewhere) => redirectTo(at(elsewhere)),
    told: /302 the server redirects/,
  },
  {
    name: 'certificate-metadata',
    what: 'names a metadata service for the certificate',
    path: '/my-order/',
    fault: () => withField('certificate', METADATA),
    told: never,
  },
  {
    name: 'certificate-page',
    what: 'answers with a page in place of the certificate',
    path: '/certZ/',
    fault: () => page,
    told: /403 the server gave no reason that ACME knows/,
  },
]

const proxies = new Map<string, { readonly proxy: FaultProxy; readonly mend: () => void }>()
let elsewhere: FaultProxy
let user: ClusterUser

beforeAll(async () => {
  await site().start()
  elsewhere = await startFaultProxy(site().acme)
  user = await site().underTest.user('hostile')
  for (const cell of cells) await issueThrough(cell)
})

afterAll(async () => {
  await elsewhere[Symbol.asyncDispose]()
  for (const { proxy } of proxies.values()) await proxy[Symbol.asyncDispose]()
})

/** A Certificate from a CA that is hostile from when its account is registered. */
async function issueThrough({ name, path, fault }: Cell): Promise<void> {
  const proxy = await startFaultProxy(site().acme)
  const mend = proxy.breakAll(path, fault(elsewhere))
  proxies.set(name, { proxy, mend })
  const caBundle = Buffer.from(proxy.caPem).toString('base64')
  await user.create(issuers, name, {
    spec: site().issuerSpec({ server: proxy.directoryUrl, caBundle, privateKeySecretRef: { name: `account-${name}` } }),
  })
  await user.createCertificate(name, certificateSpec(name, { issuerRef: { name } }))
}

async function reasonsAbout(name: string): Promise<readonly string[]> {
  const told = [...(await user.list(orders)), ...(await user.list(challenges))]
  return told.flatMap(({ metadata, status }) => (metadata.name.startsWith(`${name}-`) ? (status?.reason ?? []) : []))
}

const partsOf = (name: string) => {
  const parts = proxies.get(name)
  if (parts === undefined) throw new Error(`there is no CA for ${name}`)
  return parts
}

describe('a CA that', () => {
  test.each(cells)('$what is told about in one sentence', async ({ name, told }) => {
    const reason = await waitFor(`the reason of ${name}`, async () => (await reasonsAbout(name)).find((text) => told.test(text)))
    expect(reason.length).toBeLessThanOrEqual(500)
    expect(reason).not.toMatch(/\p{C}|[<>]/u)
  })

  test('goes on like that is asked less and less often', async () => {
    const tries = (): number => partsOf('new-order-page').proxy.spoiled.length
    // The fifth comes after some fifteen seconds.
    await waitFor('a fifth try', async () => (tries() >= 5 ? true : undefined))
    // All began at the same time. A try may take a nonce, the directory, and a look at the order.
    const most = 12 + 4 * tries()
    for (const { name } of cells) expect({ name, isTooOften: partsOf(name).proxy.seen.length > most }).toEqual({ name, isTooOften: false })
  })

  test('leads elsewhere has told nobody there anything', () => {
    expect(elsewhere.seen).toEqual([])
  })

  test('shows what stands on pages of its network has not had it shown by the operator', async () => {
    const all = [await user.list(events), await user.list(orders), await user.list(challenges), await user.list(issuers)]
    const log = await operatorLog(site().underTest.operator())
    expect(JSON.stringify([all, await user.list(certificates), log])).not.toContain(SECRET)
  })
})

describe('the Certificate of a CA that', () => {
  beforeAll(() => {
    for (const { name, isMended } of cells) if (isMended !== false) partsOf(name).mend()
  })

  test.each(cells.filter(({ isMended }) => isMended !== false))('$what is issued once the CA does so no longer', async ({ name }) => {
    const { status } = await user.until(certificates, name, isDone)
    expect(status?.failedIssuanceAttempts).toBeUndefined()
  })

  test('has spoiled an order for good is issued once the issuer names another CA', async () => {
    for (const { name } of cells.filter(({ isMended }) => isMended === false)) {
      const before = (await user.list(orders)).find(({ metadata }) => metadata.name.startsWith(`${name}-`))
      await user.edit(issuers, name, { spec: site().issuerSpec() })
      const { status } = await user.until(certificates, name, isDone)
      expect(status?.failedIssuanceAttempts).toBeUndefined()
      const after = (await user.list(orders)).find(({ metadata }) => metadata.name.startsWith(`${name}-`))
      expect(after?.metadata.uid).not.toBe(before?.metadata.uid)
    }
  })
})

leavesNothingBehind(() => site().underTest)
