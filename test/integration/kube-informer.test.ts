import { beforeAll, expect, test, vi } from 'vitest'
import type { ClusterAccess } from '../../src/kube/config.ts'
import { configMaps, secrets } from '../../src/kube/kinds.ts'
import type { ConfigMap, Secret } from '../../src/kube/kinds.ts'
import type { Informer } from '../../src/kube/lister.ts'
import type { Redacted } from '../../src/lib/redacted.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import type { Client } from './kube-fixture.ts'
import { adminToken, clientFor, directAccess, faultyAccess, namespace, never } from './kube-fixture.ts'

const testbed = sharedTestbed({ name: 'kube-informer' })
let token: Redacted<string>
let direct: ClusterAccess

beforeAll(async () => {
  token = await adminToken(testbed())
  direct = await directAccess(testbed(), token)
})

const patiently = { timeout: 120_000, interval: 20 }
const writer = { fieldManager: 'test' }

/** Writes past the client under test. */
async function outside(run: (client: Client) => Promise<void>): Promise<void> {
  await using client = clientFor(direct)
  await run(client)
}

async function put(space: string, values: Readonly<Record<string, string>>): Promise<void> {
  await outside(async ({ cluster }) => {
    for (const [name, value] of Object.entries(values)) {
      await cluster.apply(configMaps, { metadata: { namespace: space, name }, data: { value } }, writer, never)
    }
  })
}

async function remove(space: string, name: string): Promise<void> {
  await outside(async ({ cluster }) => {
    const found = await cluster.get(configMaps, { namespace: space, name }, never)
    if (found !== undefined) await cluster.delete(configMaps, found, never)
  })
}

/** `a=1 b=2` as the cache has it; kube-root-ca.crt is put into each namespace by the control plane. */
function contentOf(informer: Informer<ConfigMap>): string {
  return informer
    .list()
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map(({ metadata, data }) => `${metadata.name}=${data?.['value']}`)
    .toSorted()
    .join(' ')
}

function journalOf(informer: Informer<ConfigMap>): string[] {
  const journal: string[] = []
  informer.onChange(({ before, after }) => {
    const name = (after ?? before)?.metadata.name
    if (name !== 'kube-root-ca.crt') journal.push(`${name}: ${before?.data?.['value'] ?? '-'} → ${after?.data?.['value'] ?? '-'}`)
  })
  return journal
}

test('a cache has what is there, and follows what is created, changed and deleted by others', async () => {
  const space = await namespace(testbed(), 'follows')
  await put(space, { a: '1', b: '1' })
  await using client = clientFor(direct)
  const informer = client.cache.informer(configMaps, { namespace: space })
  const byValue = informer.index(({ data }) => [data?.['value'] ?? ''])
  const journal = journalOf(informer)
  expect(informer.isSynced()).toBe(false)
  await client.start()
  expect(informer.isSynced()).toBe(true)
  expect(contentOf(informer)).toBe('a=1 b=1')
  expect(
    byValue('1')
      .map(({ metadata }) => metadata.name)
      .toSorted(),
  ).toEqual(['a', 'b'])

  await put(space, { b: '2', c: '1' })
  await remove(space, 'a')
  await vi.waitFor(() => expect(contentOf(informer)).toBe('b=2 c=1'), patiently)
  expect(journal).toEqual(['a: - → 1', 'b: - → 1', 'b: 1 → 2', 'c: - → 1', 'a: 1 → -'])
  expect(byValue('1').map(({ metadata }) => metadata.name)).toEqual(['c'])
  const { apiVersion, kind, metadata } = informer.get({ namespace: space, name: 'b' }) ?? {}
  expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'ConfigMap' })
  expect(metadata).not.toHaveProperty('managedFields')
})

test('the metadata view holds no data, and a projection decides what is kept', async () => {
  const space = await namespace(testbed(), 'views')
  await outside(async ({ cluster }) => {
    await cluster.create(secrets, { metadata: { namespace: space, name: 'web' }, data: { 'tls.key': 'aHVudGVyMg==' } }, writer, never)
  })
  await using client = clientFor(direct)
  const metadataOnly = client.cache.informer(secrets, { namespace: space, view: 'metadata' })
  const projected = client.cache.informer(secrets, {
    namespace: space,
    project: ({ apiVersion, kind, metadata: { name, uid, resourceVersion }, data }: Secret): Secret => ({
      apiVersion,
      kind,
      metadata: {
        namespace: space,
        name,
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      type: `${Object.keys(data ?? {}).length} keys`,
    }),
  })
  await client.start()
  const web = { namespace: space, name: 'web' }
  expect(metadataOnly.get(web)).toMatchObject({ apiVersion: 'v1', kind: 'Secret', metadata: web })
  expect(JSON.stringify(metadataOnly.get(web))).not.toContain('aHVudGVyMg')
  expect(projected.get(web)).toMatchObject({ type: '1 keys' })
  expect(JSON.stringify(projected.get(web))).not.toContain('aHVudGVyMg')

  const made = await client.cluster.create(
    secrets,
    { metadata: { namespace: space, name: 'mail' }, data: { 'tls.key': 'aHVudGVyMg==' } },
    writer,
    never,
  )
  const mail = { namespace: space, name: 'mail' }
  expect(made.data).toEqual({ 'tls.key': 'aHVudGVyMg==' })
  expect(JSON.stringify([metadataOnly.get(mail), projected.get(mail)])).not.toContain('aHVudGVyMg')
  expect(projected.get(mail)).toMatchObject({ type: '1 keys' })
})

test('a handler that throws is logged and harms neither the other handlers nor the watch', async () => {
  const space = await namespace(testbed(), 'handlers')
  await using client = clientFor(direct)
  const informer = client.cache.informer(configMaps, { namespace: space })
  informer.onChange(() => {
    throw new Error('a bug')
  })
  const journal = journalOf(informer)
  await client.start()
  await put(space, { a: '1' })
  await put(space, { a: '2' })
  await vi.waitFor(() => expect(journal).toEqual(['a: - → 1', 'a: 1 → 2']), patiently)
  expect(client.lines.some(({ level, message }) => level === 'error' && message === 'a handler of a change failed')).toBe(true)
})

test('after a kill of the API server the cache catches up, and tells of a deletion meanwhile exactly once', async () => {
  const space = await namespace(testbed(), 'restart')
  await put(space, { a: '1', b: '1', c: '1' })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access)
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  const journal = journalOf(informer)
  journal.length = 0

  proxy.refuse()
  await remove(space, 'b')
  await put(space, { c: '2', d: '1' })
  await testbed().restartApiServer({ signal: 'SIGKILL' })
  expect(contentOf(informer)).toBe('a=1 b=1 c=1')
  proxy.allow()
  await vi.waitFor(() => expect(contentOf(informer)).toBe('a=1 c=2 d=1'), patiently)
  expect(journal.toSorted()).toEqual(['b: 1 → -', 'c: 1 → 2', 'd: - → 1'])

  await put(space, { a: '3' })
  await vi.waitFor(() => expect(contentOf(informer)).toBe('a=3 c=2 d=1'), patiently)
})

test('a version that is too old (410) leads to a new list that tells only what changed', async () => {
  const space = await namespace(testbed(), 'gone')
  await put(space, { a: '1', b: '1' })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access)
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  const journal = journalOf(informer)
  journal.length = 0

  const expired = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410, message: 'too old resource version' }
  let goneWatches = 0
  proxy.answerWith(({ path }) => {
    if (!/[?&]resourceVersion=\d/.test(path)) return undefined
    goneWatches += 1
    return { status: 200, body: `${JSON.stringify({ type: 'ERROR', object: expired })}\n` }
  })
  proxy.refuse()
  await remove(space, 'a')
  proxy.allow()
  await vi.waitFor(() => expect(contentOf(informer)).toBe('b=1'), patiently)
  expect(journal).toEqual(['a: 1 → -'])
  expect(goneWatches).toBe(1)
})

test('410 as the answer itself leads to a new list, too', async () => {
  const space = await namespace(testbed(), 'gone-at-once')
  await put(space, { a: '1' })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access)
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  proxy.answerWith(({ path }) =>
    /[?&]resourceVersion=\d/.test(path) ? { status: 410, body: '{"kind":"Status","code":410,"reason":"Expired"}' } : undefined,
  )
  proxy.refuse()
  await put(space, { a: '2' })
  proxy.allow()
  await vi.waitFor(() => expect(contentOf(informer)).toBe('a=2'), patiently)
})

test('a half-open connection is noticed, and what happened behind it is caught up with', async () => {
  const space = await namespace(testbed(), 'half-open')
  await put(space, { a: '1' })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access, { reflector: { idleMs: 1_500 }, deadlineMs: 3_000 })
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  proxy.freeze()
  await put(space, { a: '2' })
  // The old connections stay dead for ever; only a client that gives them up sees the change.
  const watches = (): number => client.samples.filter(({ verb }) => verb === 'watch').length
  const before = watches()
  await vi.waitFor(() => expect(client.lines.some(({ message }) => message === 'cannot list or watch; trying again')).toBe(true), patiently)
  expect(contentOf(informer)).toBe('a=1')
  proxy.thaw()
  await vi.waitFor(() => expect(contentOf(informer)).toBe('a=2'), patiently)
  expect(watches()).toBeGreaterThan(before)
})

test('a watch that is cut in the middle of a line goes on from the last whole one', async () => {
  const space = await namespace(testbed(), 'cut')
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access)
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  const journal = journalOf(informer)
  proxy.cutAfter({ bytes: 1_100, matches: ({ path }) => path.includes('watch=true') })
  proxy.reset()
  const values = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`c${at}`, `${at}`]))
  await put(space, values)
  await vi.waitFor(() => expect(informer.list().length).toBe(21), patiently)
  expect(journal.toSorted()).toEqual(
    Object.keys(values)
      .map((name) => `${name}: - → ${name.slice(1)}`)
      .toSorted(),
  )
  expect(proxy.seen.filter(({ path }) => path.includes('watch=true')).length).toBeGreaterThan(5)
})

test('429 with Retry-After for a list is waited for', async () => {
  const space = await namespace(testbed(), 'throttled')
  await put(space, { a: '1' })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  const throttled: ('in time' | 'too early')[] = []
  let notBefore = 0
  proxy.answerWith(() => {
    if (throttled.length === 3) return undefined
    throttled.push(performance.now() < notBefore ? 'too early' : 'in time')
    notBefore = performance.now() + 990
    return { status: 429, headers: { 'retry-after': '1' } }
  })
  await using client = clientFor(access)
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  expect(contentOf(informer)).toBe('a=1')
  expect(throttled).toEqual(['in time', 'in time', 'in time'])
})

test('5xx answers, resets and nonsense end neither the list nor the watch', async () => {
  const space = await namespace(testbed(), 'nonsense')
  await put(space, { a: '1' })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  const answers = [
    { status: 500, body: 'oops' },
    { status: 502, body: '<html>' },
    { status: 200, body: 'not json\n' },
    { status: 200, body: '{"type":7}\n' },
    { status: 200, body: '' },
    { status: 200, body: '{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}}\n' },
  ]
  proxy.answerWith(() => answers.shift())
  await using client = clientFor(access)
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  expect(contentOf(informer)).toBe('a=1')
  expect(answers).toEqual([])
  proxy.reset()
  await put(space, { a: '2' })
  await vi.waitFor(() => expect(contentOf(informer)).toBe('a=2'), patiently)
})

test('where the server refuses streaming lists the cache lists in pages', async () => {
  const space = await namespace(testbed(), 'pages')
  await put(space, { a: '1', b: '1', c: '1', d: '1', e: '1' })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  const refusal = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'Invalid',
    code: 422,
    message: 'sendInitialEvents: Forbidden',
  }
  proxy.answerWith(({ path }) => (path.includes('sendInitialEvents') ? { status: 422, body: JSON.stringify(refusal) } : undefined))
  await using client = clientFor(access, { reflector: { pageSize: 2 } })
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  expect(contentOf(informer)).toBe('a=1 b=1 c=1 d=1 e=1')
  expect(proxy.seen.filter(({ path }) => path.includes('continue=')).length).toBe(2) // 6 objects with the root CA
  await put(space, { a: '2' })
  await vi.waitFor(() => expect(contentOf(informer)).toBe('a=2 b=1 c=1 d=1 e=1'), patiently)
  expect(informer.get({ namespace: space, name: 'b' })).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
})

test('where the server does not know streaming lists and never ends one, the cache lists in pages', async () => {
  const space = await namespace(testbed(), 'unknown')
  await put(space, { a: '1' })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  proxy.rewriteWith((path) =>
    path.includes('sendInitialEvents') ? path.replace(/&(sendInitialEvents|resourceVersionMatch|allowWatchBookmarks)=\w+/g, '') : path,
  )
  await using client = clientFor(access, { reflector: { listIdleMs: 500 } })
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  expect(contentOf(informer)).toBe('a=1')
  expect(proxy.seen.some(({ path }) => path.includes('limit=500'))).toBe(true)
})

test('the log says which kinds are awaited and why, and the start goes on as soon as they are there', async () => {
  const space = await namespace(testbed(), 'awaited')
  await testbed().apply(JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: space, name: 'poor' } }))
  const { stdout } = await testbed().kubectl(['create', 'token', '--namespace', space, 'poor'])
  const poor = { ...direct, authorize: async () => ({ authorization: `Bearer ${stdout.trim()}` }) }
  // The API server has answered by then, or has by the next report, half a minute later.
  await using client = clientFor(poor, { reportAfterMs: 1_000 })
  const forbidden = client.cache.informer(configMaps, { namespace: space })
  const missing = client.cache.informer(
    { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true },
    { namespace: space, mayBeMissing: true },
  )
  const started = client.start()
  await vi.waitFor(
    () =>
      expect(client.lines.findLast(({ message }) => message.includes('still waiting'))?.fields).toMatchObject({
        awaited: expect.arrayContaining([
          { kind: 'ConfigMap', group: '', why: expect.stringMatching(/403 Forbidden/) as unknown },
        ]) as unknown,
      }),
    { timeout: 90_000, interval: 20 },
  )
  await testbed().apply(
    JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'poor-no-more' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', namespace: space, name: 'poor' }],
    }),
  )
  await started
  expect(forbidden.isSynced()).toBe(true)
  expect(missing.isSynced()).toBe(false)
})
