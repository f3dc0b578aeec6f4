import { beforeAll, expect, test } from 'vitest'
import type { AcmeSolver } from '../../src/crds/issuer.ts'
import { challenges, issuers } from '../../src/crds/resources.ts'
import { parseServerAddress } from '../../src/dns/server-address.ts'
import { updateTxt } from '../../src/dns/update-txt.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { startDnsWebhook } from '../testbed/dns-webhook.ts'
import type { ChallengeRequest, DnsWebhook } from '../testbed/dns-webhook.ts'
import type { ClusterUser } from './cluster-user.ts'
import { dnsSite, txtValuesAt } from './dns-site.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const zone = 'hooked.example'
const group = 'acme.example.org'
const site = dnsSite('dns-webhook', { zonesOfSecond: [], first: () => ({ zones: { [zone]: { updates: 'anybody' } } }) })
const refusals = new Map<string, string>()
let webhook: DnsWebhook

beforeAll(async () => {
  const { testbed } = site().underTest
  const serviceAccount = { namespace: 'cert-manager', name: 'certwright' }
  webhook = await startDnsWebhook(testbed, { group, solver: 'own-dns', serviceAccount, solve })
  await site().start({ flags: ['--dns01-check-retry-period=1s'] })
  return () => webhook.stop()
})

/** What a webhook is for: it brings the record to its DNS server. */
async function solve({ action, resolvedFQDN, key }: ChallengeRequest): Promise<void> {
  const name = resolvedFQDN.replace(/\.$/, '')
  const refusal = refusals.get(name)
  if (refusal !== undefined) throw new Error(refusal)
  const server = parseServerAddress(site().nameserver.server)
  if (server?.kind !== 'plain') throw new Error('the DNS server has no address')
  const change = action === 'Present' ? ({ kind: 'add', ttl: 30 } as const) : ({ kind: 'remove' } as const)
  await updateTxt(
    { server, protocol: 'TCP', key: undefined },
    { zone, name, value: key, change },
    systemClock.now(),
    new AbortController().signal,
  )
}

const config = { zone, tokenSecretRef: { name: 'token' } }
const byWebhook: AcmeSolver = { dns01: { webhook: { groupName: group, solverName: 'own-dns', config } } }

/** A user with an Issuer that solves by the webhook, or as told, and how she asks it for names. */
async function customer(namespace: string, solver = byWebhook) {
  const user = await site().underTest.user(namespace)
  await user.create(issuers, 'acme', { spec: site().issuerSpec([solver]) })
  const ask = (name: string, dnsNames: readonly string[]) =>
    user.createCertificate(name, { secretName: name, dnsNames, privateKey: quickKey, issuerRef: { name: 'acme' } })
  return { user, ask }
}

const challengeThatSays = (user: ClusterUser, words: string) =>
  waitFor(`a Challenge that says ${words}`, async () => (await user.list(challenges)).find(({ status }) => status?.reason?.includes(words)))

const untilNothingAt = (name: string) =>
  waitFor(`${name} has no TXT record`, async () => ((await txtValuesAt(site().nameserver, name)).length === 0 ? true : undefined))

test('a name and its wildcard are proved through a webhook, which takes both records away afterwards', async () => {
  const { user, ask } = await customer('wildcard')
  await ask('web', [zone, `*.${zone}`])
  await user.untilReady('web')
  expect(leafIn(await user.secret('web')).subjectAltName).toBe(`DNS:${zone}, DNS:*.${zone}`)
  await untilNothingAt(`_acme-challenge.${zone}`)
  const requests = webhook.calls.map(({ payload }) => payload.request)
  expect(new Set(requests.map((request) => request?.key)).size).toBe(2)
  expect(new Set(requests.map((request) => request?.action))).toEqual(new Set(['Present', 'CleanUp']))
  // One after the other, as many webhooks know one value only.
  const standing = new Set<string | undefined>()
  const counts = requests.map((request) => {
    if (request?.action === 'Present') standing.add(request.key)
    else standing.delete(request?.key)
    return standing.size
  })
  expect(Math.max(...counts)).toBe(1)
  expect(requests[0]).toMatchObject({
    resolvedZone: `${zone}.`,
    resourceNamespace: 'wildcard',
    config: { zone, tokenSecretRef: { name: 'token' } },
  })
})

test('what the webhook cannot do is told on the Challenge, and once it can the certificate comes', async () => {
  const name = `_acme-challenge.mended.${zone}`
  refusals.set(name, 'the token in Secret token is not accepted')
  const { user, ask } = await customer('mended')
  await ask('web', [`mended.${zone}`])
  const told = await challengeThatSays(user, 'the token in Secret token is not accepted')
  expect(told.status?.reason).toContain(group)
  refusals.delete(name)
  await user.untilReady('web')
  await untilNothingAt(name)
})

test.each<[provider: string, solver: AcmeSolver]>([
  ['cloudDNS', { dns01: { cloudDNS: { project: 'example' } } }],
  ['azureDNS', { dns01: { azureDNS: { subscriptionID: 'sub', resourceGroupName: 'dns' } } }],
])('an Issuer whose %s has no credentials is told that it may not use those of the operator', async (provider, solver) => {
  const { user, ask } = await customer(`no-key-${provider}`, solver)
  await ask('web', [`no-key.${zone}`])
  const { status } = await challengeThatSays(user, '--issuer-ambient-credentials')
  expect(status?.reason).toContain(provider)
})

leavesNothingBehind(() => site().underTest)
