import { beforeAll, expect, test, vi } from 'vitest'
import { kubeconfigAccess } from '../../src/kube/config.ts'
import { failureOf } from '../../src/solvers/dns01/failure-of.test-support.ts'
import { anAccess } from '../../src/solvers/dns01/provider-access.test-support.ts'
import { openWebhook } from '../../src/solvers/dns01/webhook/webhook.ts'
import { startDnsWebhook } from '../testbed/dns-webhook.ts'
import type { ChallengeRequest, DnsWebhook } from '../testbed/dns-webhook.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { clientFor, never } from './kube-fixture.ts'
import type { Client } from './kube-fixture.ts'

const testbed = sharedTestbed({ name: 'dns-webhook' })
const operator = { namespace: 'cert-manager', name: 'cert-manager' }
const record = { name: '_acme-challenge.example.com', zone: 'example.com', value: 'dGhlIHZhbHVl', dnsName: 'example.com' }
const group = 'acme.example.org'
// Rights and APIServices take effect a moment after they are written.
const patiently = { timeout: 120_000 }
const records = new Map<string, string>()
let webhook: DnsWebhook
let client: Client

beforeAll(async () => {
  await testbed().apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: operator.namespace } }))
  await testbed().apply(JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: operator }))
  webhook = await startDnsWebhook(testbed(), { group, solver: 'own-dns', serviceAccount: operator, solve })
  client = clientFor(await kubeconfigAccess({ path: await testbed().kubeconfigFor(operator) }))
  return async () => {
    await client.stop()
    await webhook.stop()
  }
})

async function solve({ action, resolvedFQDN, key }: ChallengeRequest): Promise<void> {
  if (resolvedFQDN.includes('forbidden')) throw new Error('zone\n\u001b[31mforbidden.example.com is not ours')
  if (action === 'Present') records.set(resolvedFQDN, key)
  else records.delete(resolvedFQDN)
}

/** The provider with the rights of the operator's service account, for an issuer in `team-a`. */
function open({ groupName = group, solverName = 'own-dns', config }: { groupName?: string; solverName?: string; config?: unknown }) {
  const http = { send: () => Promise.reject(new Error('a webhook is not asked directly')) }
  const access = { ...anAccess(http), namespace: 'team-a', callApi: client.cluster.callApi }
  return openWebhook({ groupName, solverName, config }, access, never)
}

test('the webhook sets and removes the record, asked with the payload that webhooks for cert-manager know', async () => {
  const provider = await open({ config: { zone: 'example.com', tokenSecretRef: { name: 'token' } } })
  await provider.publish(record, never)
  expect([...records]).toEqual([['_acme-challenge.example.com.', 'dGhlIHZhbHVl']])
  expect(webhook.calls.at(-1)).toEqual({
    user: 'system:serviceaccount:cert-manager:cert-manager',
    path: '/apis/acme.example.org/v1alpha1/own-dns',
    payload: {
      apiVersion: 'webhook.acme.cert-manager.io/v1alpha1',
      kind: 'ChallengePayload',
      request: {
        uid: '',
        action: 'Present',
        type: 'dns-01',
        dnsName: 'example.com',
        key: 'dGhlIHZhbHVl',
        resourceNamespace: 'team-a',
        resolvedFQDN: '_acme-challenge.example.com.',
        resolvedZone: 'example.com.',
        allowAmbientCredentials: false,
        config: { zone: 'example.com', tokenSecretRef: { name: 'token' } },
      },
    },
  })
  await provider.withdraw(record, never)
  expect([...records]).toEqual([])
  expect(webhook.calls.at(-1)?.payload.request?.action).toBe('CleanUp')
})

test('without a config none is sent', async () => {
  await (await open({})).publish(record, never)
  expect(webhook.calls.at(-1)?.payload.request).not.toHaveProperty('config')
})

test('what the webhook could not do is told in its words, on one line and without escapes', async () => {
  const error = await failureOf((await open({})).publish({ ...record, name: '_acme-challenge.forbidden.example.com' }, never))
  expect(error.message).toBe('The webhook solver "own-dns" of acme.example.org failed: zone [31mforbidden.example.com is not ours')
})

test('a group that nobody has registered is named with the APIService that is missing', async () => {
  // The rights come first: without them the API server does not say what there is.
  await mayCreateIn('absent.example.org')
  const provider = await open({ groupName: 'absent.example.org' })
  await vi.waitFor(async () => {
    const error = await failureOf(provider.publish(record, never))
    expect(error.message).toContain('No API absent.example.org/v1alpha1 with the solver "own-dns" is served')
    expect(error.message).toContain('APIService v1alpha1.absent.example.org')
  }, patiently)
})

test('without the right to use the group, it says who lacks it', async () => {
  const error = await failureOf((await open({ groupName: 'private.example.org' })).publish(record, never))
  expect(error.message).toContain('system:serviceaccount:cert-manager:cert-manager')
  expect(error.message).toContain('private.example.org')
})

test.each<[groupName: string, solverName: string, named: string]>([
  ['../../api', 'own-dns', 'groupName "../../api"'],
  ['', 'own-dns', 'groupName ""'],
  ['acme.example.org/v1', 'own-dns', 'groupName "acme.example.org/v1"'],
  [group, '..', 'solverName ".."'],
  [group, 'a/b', 'solverName "a/b"'],
  [group, 'a?dryRun=All', 'solverName "a?dryRun=All"'],
])('the group %j with the solver %j never becomes a path', async (groupName, solverName, named) => {
  const before = client.samples.length
  const error = await failureOf(open({ groupName, solverName }))
  expect(error).toMatchObject({ retry: { kind: 'never' }, message: expect.stringContaining(named) })
  expect(client.samples).toHaveLength(before)
})

test('metrics count all webhooks as one, whatever users call them', () => {
  expect(new Set(client.samples.map(({ resource }) => resource))).toEqual(new Set(['aggregated']))
})

test('a webhook that is down is told with its APIService, and answers again once it is up', async () => {
  const frail = { group: 'frail.example.org', solver: 'own-dns', serviceAccount: operator, solve }
  const first = await startDnsWebhook(testbed(), frail)
  const provider = await open({ groupName: frail.group })
  await provider.publish(record, never)
  await first.stop()
  const error = await failureOf(provider.publish(record, never))
  expect(error).toMatchObject({ retry: { kind: 'backoff' } })
  expect(error.message).toContain('The webhook of frail.example.org does not answer')
  expect(error.message).toContain('APIService v1alpha1.frail.example.org')
  await using again = await startDnsWebhook(testbed(), frail)
  await vi.waitFor(() => provider.publish(record, never), patiently)
  expect(again.calls).toHaveLength(1)
})

async function mayCreateIn(apiGroup: string): Promise<void> {
  const name = `may-create-in-${apiGroup}`
  const rbac = 'rbac.authorization.k8s.io'
  const rules = [{ apiGroups: [apiGroup], resources: ['*'], verbs: ['create'] }]
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name }
  const subjects = [{ kind: 'ServiceAccount', ...operator }]
  const items = [
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects },
  ]
  await testbed().apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}
