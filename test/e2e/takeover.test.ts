import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { KubeObject, Resource } from '../../src/crds/resource.ts'
import { certificateRequests, certificates, challenges, issuers, orders } from '../../src/crds/resources.ts'
import { ingresses, secrets } from '../../src/kube/kinds.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { leaveCluster } from './left-cluster.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('takeover', { nonceRejectPercent: 0 })
const kinds: readonly Resource<KubeObject>[] = [issuers, certificates, certificateRequests, orders, challenges, secrets, ingresses]
/** What goes on: two issuances under way, the first one of a Certificate that nobody has seen yet, and the question to a CA when to renew. */
const due = /^\w+ (renewing|proving|elsewhere)|^Certificate proven$/
let user: ClusterUser
let before: ReadonlyMap<string, string>

beforeAll(async () => {
  user = await site().underTest.user('left')
  await leaveCluster(user, site())
  before = await versions()
  await site().start()
  await user.untilReady('renewing', 3)
  await user.untilReady('proving')
  await user.until(certificateRequests, 'elsewhere-1', () => true)
  await untilIdle()
})

describe('the operator that starts where cert-manager was', () => {
  test('writes nothing that is in order or has to wait', async () => {
    const after = await versions()
    const changed = [...before.keys()].filter((name) => after.get(name) !== before.get(name))
    const made = [...after.keys()].filter((name) => !before.has(name))
    expect([...changed, ...made].filter((name) => !due.test(name))).toEqual([])
    expect([...before.keys()].filter((name) => !due.test(name)).toSorted()).toEqual(inOrder)
  })

  test('goes on with an issuance under way, with its key and its request', async () => {
    const request = await user.request('renewing-3')
    const signed = new X509Certificate(Buffer.from(request.status?.certificate ?? '', 'base64'))
    expect(leafIn(await user.secret('renewing')).serialNumber).toBe(signed.serialNumber)
    expect(request.metadata.uid).toBe(uids.get('CertificateRequest renewing-3'))
    expect(await user.find(secrets, 'renewing-x7k2p')).toBeUndefined()
  })

  test('goes on with an Order under way, with the order at the CA and its authorization', async () => {
    const ours = (await user.list(orders)).filter(({ metadata }) => metadata.name.startsWith('proving'))
    expect(ours.map(({ metadata }) => metadata.uid)).toEqual(
      [...uids].filter(([name]) => name.startsWith('Order proving')).map(([, uid]) => uid),
    )
    expect(ours.map(({ status }) => status?.state)).toEqual(['valid'])
    expect(leafIn(await user.secret('proving')).subjectAltName).toBe('DNS:proving.example')
    await waitFor('the Challenge is gone', async () => ((await user.list(challenges)).length === 0 ? true : undefined))
  })

  test('keeps the rest that cert-manager has begun after a failure', async () => {
    const { status } = await user.get(certificates, 'failed')
    expect(conditionOf(status, 'Issuing')).toMatchObject({ status: 'False', reason: 'Failed' })
    expect(status?.failedIssuanceAttempts).toBe(1)
  })

  test('writes Secrets under the name of cert-manager, so that what is no longer asked for goes away', async () => {
    await user.edit(certificates, 'rich', { spec: { additionalOutputFormats: null, secretTemplate: { labels: { team: null } } } })
    const { data, metadata } = await user.until(secrets, 'rich', (secret) => secret.data?.['tls-combined.pem'] === undefined)
    expect(metadata.labels).toEqual({ 'controller.cert-manager.io/fao': 'true' })
    expect(Object.keys(data ?? {}).toSorted()).toEqual(['ca.crt', 'keystore.p12', 'tls.crt', 'tls.key', 'truststore.p12'])
    expect((await user.get(certificates, 'rich')).status?.revision).toBe(1)
  })
})

leavesNothingBehind(() => site().underTest)

const inOrder = [
  'Certificate failed',
  'Certificate from-ingress',
  'Certificate rich',
  'Certificate web',
  'CertificateRequest from-ingress-1',
  'CertificateRequest proven-1',
  'CertificateRequest rich-1',
  'CertificateRequest web-3',
  'Ingress shop',
  'Issuer acme',
  'Issuer ca',
  'Issuer self-signed',
  expect.stringMatching(/^Order proven-1-\d+$/),
  'Secret account',
  'Secret ca',
  'Secret from-ingress',
  'Secret proven',
  'Secret rich',
  'Secret web',
]

const uids = new Map<string, string>()

/** `Kind name` → resourceVersion, of all that there is. */
async function versions(): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(kinds.map(async (kind) => (await user.list(kind)).map((object) => [kind.kind, object.metadata] as const)))
  for (const [kind, { name, uid = '' }] of found.flat()) if (!uids.has(`${kind} ${name}`)) uids.set(`${kind} ${name}`, uid)
  return new Map(found.flat().map(([kind, { name, resourceVersion = '' }]) => [`${kind} ${name}`, resourceVersion]))
}

/** Waits until no controller has anything to do, twice in a row: a write may wake another. */
async function untilIdle(): Promise<void> {
  let calls = ''
  await waitFor('the operator is idle', async () => {
    const lines = (await site().underTest.operator().metrics()).split('\n')
    const busy = lines.filter((line) => /^certwright_queue_depth\{.*state="(ready|running)"/.test(line) && !line.endsWith(' 0'))
    const last = calls
    calls = lines.filter((line) => line.startsWith('certmanager_controller_sync_call_count')).join()
    return busy.length === 0 && calls === last && calls !== '' ? true : undefined
  })
}
