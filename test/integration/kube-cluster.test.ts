import { readFile, writeFile } from 'node:fs/promises'
import { beforeAll, expect, test, vi } from 'vitest'
import { createCluster } from '../../src/kube/api-cluster.ts'
import { kubeconfigAccess } from '../../src/kube/config.ts'
import type { ClusterAccess } from '../../src/kube/config.ts'
import { KubeApiError } from '../../src/kube/kube-api-error.ts'
import { configMaps, ingresses, namespaces, secrets } from '../../src/kube/kinds.ts'
import type { Secret } from '../../src/kube/kinds.ts'
import type { Redacted } from '../../src/lib/redacted.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { adminToken, clientFor, directAccess, faultyAccess, namespace, never } from './kube-fixture.ts'

const testbed = sharedTestbed({ name: 'kube-cluster' })
let token: Redacted<string>
let direct: ClusterAccess

beforeAll(async () => {
  token = await adminToken(testbed())
  direct = await directAccess(testbed(), token)
})

const patiently = { timeout: 120_000, interval: 20 }
const writer = { fieldManager: 'test' }

async function failureOf(attempt: Promise<unknown>): Promise<KubeApiError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof KubeApiError) return error
  throw new Error('expected a KubeApiError', { cause: error })
}

test('create answers the object with its kind, and AlreadyExists the second time', async () => {
  const space = await namespace(testbed(), 'create')
  await using client = clientFor(direct)
  const web = { metadata: { namespace: space, name: 'web' }, data: { a: '1' } }
  expect(await client.cluster.create(configMaps, web, writer, never)).toMatchObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    data: { a: '1' },
  })
  expect(await failureOf(client.cluster.create(configMaps, web, writer, never))).toMatchObject({ code: 'kube/AlreadyExists', status: 409 })
})

test('create with generateName and without a name gets one', async () => {
  const space = await namespace(testbed(), 'generate')
  await using client = clientFor(direct)
  const made = await client.cluster.create(configMaps, { metadata: { namespace: space, generateName: 'web-', name: '' } }, writer, never)
  expect(made.metadata.name).toMatch(/^web-\w{5}$/)
})

test('get and list are live; what is not there is undefined', async () => {
  const space = await namespace(testbed(), 'live')
  await using client = clientFor(direct)
  expect(await client.cluster.get(configMaps, { namespace: space, name: 'web' }, never)).toBeUndefined()
  await client.cluster.create(configMaps, { metadata: { namespace: space, name: 'web', labels: { a: 'b' } } }, writer, never)
  expect(await client.cluster.get(configMaps, { namespace: space, name: 'web' }, never)).toMatchObject({ kind: 'ConfigMap' })
  const listed = await client.cluster.list(configMaps, { namespace: space, labelSelector: 'a=b' }, never)
  expect(listed.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['ConfigMap web'])
})

test('apply creates and changes, meets a conflict with another field manager, and forces it when told to', async () => {
  const space = await namespace(testbed(), 'apply')
  await using client = clientFor(direct)
  const web = (a: string): { metadata: { namespace: string; name: string }; data: { a: string } } => ({
    metadata: { namespace: space, name: 'web' },
    data: { a },
  })
  await client.cluster.apply(configMaps, web('1'), writer, never)
  expect(await client.cluster.apply(configMaps, web('2'), writer, never)).toMatchObject({ data: { a: '2' } })
  expect(await failureOf(client.cluster.apply(configMaps, web('3'), { fieldManager: 'other' }, never))).toMatchObject({
    code: 'kube/Conflict',
  })
  expect(await client.cluster.apply(configMaps, web('4'), { fieldManager: 'other', force: true }, never)).toMatchObject({
    data: { a: '4' },
  })
})

test('patchStatus sends only what differs, and nothing when nothing does', async () => {
  const space = await namespace(testbed(), 'status')
  await using client = clientFor(direct)
  const spec = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } }
  const made = await client.cluster.create(ingresses, { metadata: { namespace: space, name: 'web' }, spec }, writer, never)
  const address = { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } }
  const patched = await client.cluster.patchStatus(ingresses, made, address, writer, never)
  expect(patched.status).toEqual(address)
  expect(patched.spec).toEqual(made.spec)

  const writes = client.samples.length
  expect(await client.cluster.patchStatus(ingresses, patched, { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } }, writer, never)).toBe(
    patched,
  )
  expect(client.samples.length).toBe(writes)

  const emptied = await client.cluster.patchStatus(ingresses, patched, {}, writer, never)
  expect(emptied.status).toEqual({ loadBalancer: {} })
  expect(await failureOf(client.cluster.patchStatus(ingresses, made, address, writer, never))).toMatchObject({ code: 'kube/Conflict' })
})

test('patch changes metadata and refuses when the object has changed since it was read', async () => {
  const space = await namespace(testbed(), 'patch')
  await using client = clientFor(direct)
  const made = await client.cluster.create(
    configMaps,
    { metadata: { namespace: space, name: 'web', labels: { a: '1', b: '1' } } },
    writer,
    never,
  )
  const patched = await client.cluster.patch(configMaps, made, { metadata: { labels: { a: null, c: '1' } } }, writer, never)
  expect(patched.metadata.labels).toEqual({ b: '1', c: '1' })
  expect(await failureOf(client.cluster.patch(configMaps, made, { data: { a: '1' } }, writer, never))).toMatchObject({
    code: 'kube/Conflict',
    status: 409,
  })
})

test('delete removes exactly the object given, not its successor, and is content when it is gone', async () => {
  const space = await namespace(testbed(), 'delete')
  await using client = clientFor(direct)
  const web = { metadata: { namespace: space, name: 'web' } }
  const first = await client.cluster.create(configMaps, web, writer, never)
  await client.cluster.delete(configMaps, first, never)
  await client.cluster.delete(configMaps, first, never)
  const second = await client.cluster.create(configMaps, web, writer, never)
  await client.cluster.delete(configMaps, first, never)
  expect((await client.cluster.get(configMaps, second.metadata, never))?.metadata.uid).toBe(second.metadata.uid)
})

test('a deleted object with a finalizer stays in the cache, marked as being deleted', async () => {
  const space = await namespace(testbed(), 'finalizer')
  await using client = clientFor(direct)
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  const made = await client.cluster.create(
    configMaps,
    { metadata: { namespace: space, name: 'web', finalizers: ['test.example/keep'] } },
    writer,
    never,
  )
  await client.cluster.delete(configMaps, made, never)
  const going = informer.get({ namespace: space, name: 'web' })
  expect(going?.metadata.deletionTimestamp).toBeTypeOf('string')
  if (going === undefined) return
  await client.cluster.patch(configMaps, going, { metadata: { finalizers: null } }, writer, never)
  await vi.waitFor(() => expect(informer.get({ namespace: space, name: 'web' })).toBeUndefined(), patiently)
})

test('five thousand Secrets: every write is read at once, no 409 against ourselves, and the watch changes nothing any more', async () => {
  const space = await namespace(testbed(), 'many')
  await using client = clientFor(direct)
  const informer = client.cache.informer(secrets, { namespace: space })
  await client.start()
  const names = Array.from({ length: 5_000 }, (_, at) => `s${at}`)
  const stale: string[] = []
  await inParallel(names, 32, async (name) => {
    const place = { namespace: space, name }
    const made = await client.cluster.create(secrets, { metadata: place, data: { a: 'MQ==' } }, writer, never)
    const read = informer.get(place)
    const number = Number(name.slice(1))
    if (read?.metadata.resourceVersion === undefined || read.metadata.uid !== made.metadata.uid) stale.push(`${name} after create`)
    if (number % 4 !== 0) return
    // What the cache has is what the next write builds upon: a stale one would meet a conflict.
    const patched = await client.cluster.patch(secrets, read ?? made, { data: { a: 'Mg==' } }, writer, never)
    const again = informer.get(place)
    if (again?.data?.['a'] !== 'Mg==') stale.push(`${name} after patch`)
    await client.cluster.patch(secrets, again ?? patched, { metadata: { labels: { done: 'yes' } } }, writer, never)
    if (number % 8 === 0) {
      const last = informer.get(place)
      if (last === undefined) stale.push(`${name} after label`)
      else await client.cluster.delete(secrets, last, never)
      if (informer.get(place) !== undefined) stale.push(`${name} after delete`)
    }
  })
  expect(stale).toEqual([])
  expect(client.samples.filter(({ status }) => status === 409)).toEqual([])
  expect(informer.list().length).toBe(4_375)

  const live = await client.cluster.list(secrets, { namespace: space }, never)
  await vi.waitFor(() => expect(versionsOf(informer.list())).toEqual(versionsOf(live)), patiently)
})

test('our own writes are read while the watch is frozen, survive its return, and wake the handlers once', async () => {
  const space = await namespace(testbed(), 'frozen')
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using watching = clientFor(access, { reflector: { idleMs: 3_000 } })
  await using writing = clientFor(direct)
  const informer = watching.cache.informer(configMaps, { namespace: space })
  await watching.start()
  const told: string[] = []
  informer.onChange(({ before, after }) => {
    const name = (before ?? after)?.metadata.name
    if (name !== 'kube-root-ca.crt') told.push(`${name}: ${before?.data?.['v'] ?? '-'} → ${after?.data?.['v'] ?? '-'}`)
  })
  const cluster = createCluster({ transport: writing.transport, cache: watching.cache })

  proxy.freeze()
  const web = { namespace: space, name: 'web' }
  const made = await cluster.create(configMaps, { metadata: web, data: { v: '1' } }, writer, never)
  await cluster.patch(configMaps, informer.get(web) ?? made, { data: { v: '2' } }, writer, never)
  const mail = await cluster.create(configMaps, { metadata: { namespace: space, name: 'mail' }, data: { v: '1' } }, writer, never)
  await cluster.delete(configMaps, mail, never)
  expect(informer.get(web)?.data).toEqual({ v: '2' })
  expect(informer.get(mail.metadata)).toBeUndefined()
  proxy.thaw()
  await cluster.create(configMaps, { metadata: { namespace: space, name: 'last' }, data: { v: '1' } }, writer, never)
  await using outside = clientFor(direct)
  await outside.cluster.apply(configMaps, { metadata: { namespace: space, name: 'mark' }, data: { v: '1' } }, writer, never)
  await vi.waitFor(() => expect(informer.get({ namespace: space, name: 'mark' })).toBeDefined(), patiently)
  expect(told).toEqual(['web: - → 1', 'web: 1 → 2', 'mail: - → 1', 'mail: 1 → -', 'last: - → 1', 'mark: - → 1'])
})

test('a write that takes an object out of a selection takes it out of the cache', async () => {
  const space = await namespace(testbed(), 'selection')
  await using client = clientFor(direct)
  const informer = client.cache.informer(configMaps, {
    namespace: space,
    labelSelector: 'ours=yes',
    admits: ({ metadata }) => metadata.labels?.['ours'] === 'yes',
  })
  await client.start()
  const made = await client.cluster.create(
    configMaps,
    { metadata: { namespace: space, name: 'web', labels: { ours: 'yes' } } },
    writer,
    never,
  )
  expect(informer.get(made.metadata)).toBeDefined()
  await client.cluster.patch(configMaps, made, { metadata: { labels: { ours: 'no' } } }, writer, never)
  expect(informer.get(made.metadata)).toBeUndefined()
})

test('429 with Retry-After for a write is waited for, and a longer wait than that is left to the queue', async () => {
  const space = await namespace(testbed(), 'throttled')
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access)
  let answers = 0
  proxy.answerWith(() => (answers++ === 0 ? { status: 429, headers: { 'retry-after': '1' } } : undefined))
  await client.cluster.create(configMaps, { metadata: { namespace: space, name: 'web' } }, writer, never)
  expect(answers).toBe(2)

  proxy.answerWith(() => ({ status: 429, headers: { 'retry-after': '3600' } }))
  const before = Date.now()
  const error = await failureOf(client.cluster.create(configMaps, { metadata: { namespace: space, name: 'mail' } }, writer, never))
  expect(error.code).toBe('kube/TooManyRequests')
  expect(error.retry.kind === 'at' && error.retry.at >= before + 3_600_000).toBe(true)
})

test('a read is repeated after a reset or a 500, a write is not', async () => {
  const space = await namespace(testbed(), 'repeated')
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access)
  let answers = 0
  proxy.answerWith(() => (answers++ < 2 ? { status: 500, body: 'oops' } : undefined))
  expect(await client.cluster.get(namespaces, { name: space }, never)).toBeDefined()
  expect(answers).toBe(3)
  answers = 0
  expect((await failureOf(client.cluster.create(configMaps, { metadata: { namespace: space, name: 'web' } }, writer, never))).code).toBe(
    'kube/InternalError',
  )
  expect(answers).toBe(1)
})

test('a server that answers nothing costs the deadline and no more, and the error says so', async () => {
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access, { deadlineMs: 200 })
  proxy.freeze()
  const error = await failureOf(client.cluster.create(configMaps, { metadata: { namespace: 'default', name: 'web' } }, writer, never))
  expect(error).toMatchObject({ code: 'kube/Unreachable', status: 0 })
})

test('a request is given up at once when its signal is aborted', async () => {
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using client = clientFor(access)
  proxy.freeze()
  const giving = new AbortController()
  const attempt = client.cluster.get(namespaces, { name: 'default' }, giving.signal)
  giving.abort(new Error('gave up'))
  await expect(attempt).rejects.toThrow('gave up')
})

test('who is not the leader any more writes nothing', async () => {
  const space = await namespace(testbed(), 'fenced')
  await using client = clientFor(direct)
  const cluster = createCluster({ transport: client.transport, cache: client.cache, mayWrite: () => false })
  const web = { metadata: { namespace: space, name: 'web', uid: 'x' } }
  for (const attempt of [cluster.create(configMaps, web, writer, never), cluster.delete(configMaps, web, never)]) {
    await expect(attempt).rejects.toMatchObject({ code: 'kube/NotLeader', retry: { kind: 'never' } })
  }
  expect(client.samples).toEqual([])
})

test('a refused Secret shows none of its values', async () => {
  const space = await namespace(testbed(), 'quiet')
  await using client = clientFor(direct)
  const attempts: Promise<unknown>[] = [
    client.cluster.create(
      secrets,
      { metadata: { namespace: space, name: 'web' }, data: { 'hunter2/hunter2': 'aHVudGVyMg==' } },
      writer,
      never,
    ),
    client.cluster.create(secrets, { metadata: { namespace: space, name: 'web' }, data: { key: 'hunter2 is not base64' } }, writer, never),
    client.cluster.create(
      secrets,
      {
        metadata: { namespace: space, name: 'web' },
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': 'aHVudGVyMg==' },
      },
      writer,
      never,
    ),
  ]
  for (const error of await Promise.all(attempts.map(failureOf))) {
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/hunter2 is|aHVudGVyMg/)
    expect([400, 422]).toContain(error.status)
  }
})

test('a rotated token is taken up at the first 401, by unary requests and watches alike', async () => {
  const space = await namespace(testbed(), 'rotated')
  await testbed().apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: space, name: 'operator' } },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'rotated' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [{ kind: 'ServiceAccount', namespace: space, name: 'operator' }],
        },
        { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: space, name: 'bound' } },
      ],
    }),
  )
  const kubeconfig = await testbed().kubeconfigFor({ namespace: space, name: 'operator' })
  const fresh = await readFile(`${kubeconfig}.token`, 'utf8')
  const bound = await testbed().kubectl([
    'create',
    'token',
    '--namespace',
    space,
    'operator',
    '--bound-object-kind',
    'Secret',
    '--bound-object-name',
    'bound',
  ])
  await writeFile(`${kubeconfig}.token`, bound.stdout)

  const access = await kubeconfigAccess({ path: kubeconfig })
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy } = faulty
  await using client = clientFor({ ...access, server: proxy.url })
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()

  await testbed().kubectl(['delete', 'secret', '--namespace', space, 'bound']) // and with it the token
  await vi.waitFor(async () => {
    const old = await fetchStatus(client.transport)
    expect(old).toBe('kube/Unauthorized')
  }, patiently)
  await writeFile(`${kubeconfig}.token`, fresh)
  expect(await client.cluster.get(namespaces, { name: space }, never)).toBeDefined()
  proxy.reset()
  // A read is repeated when it meets a connection that was reset, a write is not.
  await client.cluster.get(namespaces, { name: space }, never)
  await client.cluster.create(configMaps, { metadata: { namespace: space, name: 'web' } }, writer, never)
  await using outside = clientFor(direct)
  await outside.cluster.create(configMaps, { metadata: { namespace: space, name: 'mail' } }, writer, never)
  await vi.waitFor(() => expect(informer.get({ namespace: space, name: 'mail' })).toBeDefined(), patiently)
})

async function fetchStatus(transport: {
  readonly request: (request: { verb: 'list'; resource: typeof namespaces }, signal: AbortSignal) => Promise<unknown>
}): Promise<string> {
  return await transport.request({ verb: 'list', resource: namespaces }, never).then(
    () => 'ok',
    (error: unknown) => (error instanceof KubeApiError ? error.code : 'other'),
  )
}

test('the kubeconfig of the admin, with a client certificate, works; its requests share connections', async () => {
  const access = await kubeconfigAccess({ path: testbed().kubeconfig })
  await using client = clientFor(access)
  for (let at = 0; at < 5; at += 1) expect(await client.cluster.get(namespaces, { name: 'default' }, never)).toBeDefined()
  expect(client.samples.map(({ verb, resource, status }) => `${verb} ${resource} ${status}`)).toEqual(
    Array.from({ length: 5 }, () => 'get namespaces 200'),
  )
})

function versionsOf(found: readonly Secret[]): readonly string[] {
  return found.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).toSorted()
}

async function inParallel<T>(items: readonly T[], most: number, run: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: most }, async () => {
      for (const item of rest) await run(item)
    }),
  )
}
