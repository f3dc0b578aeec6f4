import { once } from 'node:events'
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inClusterAccess, kubeconfigAccess } from '../../src/kube/config.ts'
import type { ClusterAccess } from '../../src/kube/config.ts'
import { namespaces } from '../../src/kube/kinds.ts'
import type { Redacted } from '../../src/lib/redacted.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { adminToken, clientFor, never } from './kube-fixture.ts'

const testbed = sharedTestbed({ name: 'kube-access' })
let folder = ''
let token: Redacted<string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kube-access-'))
  token = await adminToken(testbed())
})
afterAll(() => rm(folder, { recursive: true }))

async function mayRead(access: ClusterAccess): Promise<boolean> {
  await using client = clientFor(access)
  return (await client.cluster.get(namespaces, { name: 'default' }, never)) !== undefined
}

interface KubeconfigParts {
  readonly user: object
  readonly cluster?: object
}

/** JSON is YAML. */
async function kubeconfigWith({ user, cluster = {} }: KubeconfigParts): Promise<string> {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.kubeconfig`)
  await writeFile(
    path,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: testbed().apiServerUrl, 'certificate-authority': testbed().caFile, ...cluster } }],
      users: [{ name: 'test', user }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'kitchen' } }],
    }),
  )
  return path
}

test('the service account of a pod gives access, and says the namespace', async () => {
  const { hostname, port } = new URL(testbed().apiServerUrl)
  await writeFile(join(folder, 'token'), token.reveal())
  await writeFile(join(folder, 'namespace'), 'kitchen')
  await copyFile(testbed().caFile, join(folder, 'ca.crt'))
  const access = await inClusterAccess({ host: hostname, port, folder })
  expect(access.namespace).toBe('kitchen')
  expect(await mayRead(access)).toBe(true)
})

test('a CA that was replaced is read again after the server was distrusted', async () => {
  const { hostname, port } = new URL(testbed().apiServerUrl)
  const strange = await readFile('/etc/ssl/certs/ca-certificates.crt').catch(() => '')
  await writeFile(join(folder, 'token'), token.reveal())
  await writeFile(join(folder, 'ca.crt'), strange)
  const access = await inClusterAccess({ host: hostname, port, folder })
  await using client = clientFor(access)
  const create = client.cluster.create(namespaces, { metadata: { name: 'replaced' } }, { fieldManager: 'test' }, never)
  await expect(create).rejects.toMatchObject({ code: 'kube/Unreachable' })
  await copyFile(testbed().caFile, join(folder, 'ca.crt'))
  expect(await client.cluster.get(namespaces, { name: 'default' }, never)).toBeDefined()
})

test('a token in the kubeconfig gives access', async () => {
  const access = await kubeconfigAccess({ path: await kubeconfigWith({ user: { token: token.reveal() } }) })
  expect(access.namespace).toBe('kitchen')
  expect(await mayRead(access)).toBe(true)
})

test('a token file beside the kubeconfig is found by its relative name', async () => {
  await writeFile(join(folder, 'beside.token'), token.reveal())
  expect(await mayRead(await kubeconfigAccess({ path: await kubeconfigWith({ user: { tokenFile: 'beside.token' } }) }))).toBe(true)
})

function credential(value: string): string {
  return JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: value } })
}

test('an exec plug-in is asked, and asked again after a 401', async () => {
  const plugin = join(folder, 'plugin.sh')
  await writeFile(join(folder, 'credential'), credential('outdated'))
  await writeFile(plugin, `#!/bin/sh\nexec cat ${join(folder, 'credential')}\n`)
  await chmod(plugin, 0o700)
  const access = await kubeconfigAccess({
    path: await kubeconfigWith({
      user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' } },
    }),
  })
  await writeFile(join(folder, 'credential'), credential(token.reveal()))
  expect(await mayRead(access)).toBe(true)
})

test('what an exec plug-in prints when it fails is not repeated', async () => {
  const plugin = join(folder, 'failing.sh')
  await writeFile(plugin, '#!/bin/sh\necho the password is hunter2 >&2\nexit 1\n')
  await chmod(plugin, 0o700)
  const path = await kubeconfigWith({
    user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' } },
  })
  const error: unknown = await kubeconfigAccess({ path }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'kube/Credentials' })
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hunter2')
})

test('the second of two kubeconfigs may hold the user of the first', async () => {
  const first = join(folder, 'first.kubeconfig')
  const second = join(folder, 'second.kubeconfig')
  const cluster = { server: testbed().apiServerUrl, 'certificate-authority': testbed().caFile }
  await writeFile(
    first,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'split',
      clusters: [{ name: 'split', cluster }],
      contexts: [{ name: 'split', context: { cluster: 'split', user: 'other' } }],
    }),
  )
  await writeFile(second, JSON.stringify({ apiVersion: 'v1', kind: 'Config', users: [{ name: 'other', user: { token: token.reveal() } }] }))
  expect(await mayRead(await kubeconfigAccess({ path: `${first}:${second}` }))).toBe(true)
})

test('an HTTP proxy that the kubeconfig names is used', async () => {
  const tunnels: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, client) => {
    tunnels.push(request.url ?? '')
    const { hostname, port } = new URL(testbed().apiServerUrl)
    const server = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(server).pipe(client)
    })
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const path = await kubeconfigWith({
    user: { token: token.reveal() },
    cluster: { 'proxy-url': `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
  })
  expect(await mayRead(await kubeconfigAccess({ path }))).toBe(true)
  expect(tunnels).toEqual([new URL(testbed().apiServerUrl).host])
  proxy.closeAllConnections()
  proxy.close()
})

test('a context that does not exist is an error that names the file', async () => {
  const path = await kubeconfigWith({ user: {} })
  await expect(kubeconfigAccess({ path, context: 'nowhere' })).rejects.toMatchObject({
    code: 'kube/Credentials',
    message: expect.stringContaining(path) as unknown,
  })
})
