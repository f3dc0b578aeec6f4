import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import { startDaemon } from './daemon.ts'
import { httpsRequest } from './https-request.ts'
import type { IngressController } from './ingress-controller.ts'
import { sharedTestbed } from './shared.ts'
import { startTestbed } from './testbed.ts'

const testbed = sharedTestbed({ name: 'itself', installed: 'nothing' })

describe('the control plane', () => {
  test('serves the API to the cluster admin', async () => {
    const { stdout, code } = await testbed().kubectl(['get', 'namespaces', '-o', 'name'])
    expect(code).toBe(0)
    expect(stdout.split('\n')).toContain('namespace/kube-system')
  })

  test('has the admission policies of Kubernetes 1.36', async () => {
    const { stdout } = await testbed().kubectl(['api-resources', '--api-group=admissionregistration.k8s.io', '-o', 'name'])
    expect(stdout).toContain('mutatingadmissionpolicies.admissionregistration.k8s.io')
    expect(stdout).toContain('validatingadmissionpolicies.admissionregistration.k8s.io')
  })

  test('deletes a namespace with everything in it', async () => {
    await testbed().apply(manifests({ kind: 'Namespace', name: 'fleeting' }, { kind: 'ConfigMap', name: 'in-it', namespace: 'fleeting' }))
    const { code } = await testbed().kubectl(['delete', 'namespace', 'fleeting', '--wait', '--timeout=60s'])
    expect(code).toBe(0)
  })

  test('refuses a ServiceAccount without rules', async () => {
    await testbed().apply(manifests({ kind: 'ServiceAccount', name: 'powerless', namespace: 'default' }))
    const kubeconfig = await testbed().kubeconfigFor({ namespace: 'default', name: 'powerless' })
    const { stderr, code } = await testbed().kubectl(['get', 'secrets'], { kubeconfig })
    expect(code).toBe(1)
    expect(stderr).toContain('"system:serviceaccount:default:powerless" cannot list resource "secrets"')
  })

  test('reads the token of a ServiceAccount from the file beside its kubeconfig', async () => {
    await testbed().apply(manifests({ kind: 'ServiceAccount', name: 'rotated', namespace: 'default' }))
    const kubeconfig = await testbed().kubeconfigFor({ namespace: 'default', name: 'rotated' })
    await writeFile(`${kubeconfig}.token`, 'no longer a token')
    const { stderr } = await testbed().kubectl(['get', 'secrets'], { kubeconfig })
    expect(stderr).toContain('must be logged in')
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)('keeps its objects when the API server is restarted by %s', async (signal) => {
    const name = `survives-${signal.toLowerCase()}`
    await testbed().apply(manifests({ kind: 'ConfigMap', name, namespace: 'default' }))
    await testbed().restartApiServer({ signal })
    const { stdout } = await testbed().kubectl(['get', 'configmap', name, '-o', 'name'])
    expect(stdout.trim()).toBe(`configmap/${name}`)
  })

  test('can be away for a while', async () => {
    await testbed().stopApiServer('SIGKILL')
    const away = await testbed().kubectl(['get', 'namespaces'])
    await testbed().startApiServer()
    const back = await testbed().kubectl(['get', 'namespaces'])
    expect([away.code, back.code]).toEqual([1, 0])
  })
})

describe('several testbeds', () => {
  test('run at once and know nothing of each other', async () => {
    await using other = await startTestbed({ name: 'other' })
    await other.apply(manifests({ kind: 'ConfigMap', name: 'only-here', namespace: 'default' }))
    const there = await other.kubectl(['get', 'configmap', 'only-here'])
    const here = await testbed().kubectl(['get', 'configmap', 'only-here'])
    expect([there.code, here.code]).toEqual([0, 1])
  })

  test('leave neither programs nor a folder when they stop', async () => {
    const other = await startTestbed({ name: 'stopped' })
    const before = programsIn(other.folder)
    await other.stop()
    expect(before).toHaveLength(3)
    expect(programsIn(other.folder)).toEqual([])
    expect(existsSync(other.folder)).toBe(false)
  })

  test.each(['SIGKILL', 'SIGTERM'] as const)('leave no program behind when the process that started them gets %s', async (signal) => {
    const script = `const { startTestbed } = await import('${new URL('testbed.ts', import.meta.url).href}')
      console.log((await startTestbed({ name: 'orphaned' })).folder)`
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(starter.stdout, 'data')) as [Buffer]
    const folder = line.toString().trim()
    expect(programsIn(folder)).toHaveLength(3)

    starter.kill(signal)
    await once(starter, 'exit')

    await vi.waitFor(() => expect(programsIn(folder)).toEqual([]), { timeout: 120_000 })
    expect(existsSync(folder)).toBe(signal === 'SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
})

test('a program that does not start is reported with the end of its log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'testbed-daemon-'))
  const starting = startDaemon({
    name: 'hopeless',
    command: ['/bin/sh', '-c', 'echo the port is taken; exit 3'],
    logFile: join(folder, 'hopeless.log'),
    isReady: async () => false,
  })
  await expect(starting).rejects.toThrow(/hopeless ended while starting.*\n.*the port is taken/)
  await rm(folder, { recursive: true })
})

describe('the ACME server', () => {
  test('serves its directory over HTTPS that is signed by the CA it names', async () => {
    const acme = await testbed().startAcme({ profiles: { short: 3_600 } })
    const { status, body } = await httpsRequest(acme.directoryUrl, { ca: acme.caPem })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({
      newOrder: expect.stringContaining('https://'),
      meta: { profiles: { short: expect.any(String) } },
    })
    await expect(httpsRequest(acme.directoryUrl, { ca: await readFile(testbed().caFile) })).rejects.toThrow(/certificate/)
  })

  test('asks for an external account binding when it has keys for it', async () => {
    const acme = await testbed().startAcme({ eabKeys: { 'kid-1': 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA' } })
    const { body } = await httpsRequest(acme.directoryUrl, { ca: acme.caPem })
    expect(JSON.parse(body)).toMatchObject({ meta: { externalAccountRequired: true } })
  })

  test('offers as many roots as it is told, and others after a restart', async () => {
    const acme = await testbed().startAcme({ alternateRoots: 1 })
    const before = await acme.roots()
    await acme.restart()
    const after = await acme.roots()
    const subjects = new Set([...before, ...after].map((pem) => new X509Certificate(pem).subject))
    expect(subjects.size).toBe(4)
  })

  test('resolves names to the ingress controller, or to what it is told', async () => {
    const { address } = await testbed().startIngressController({ gatewayApi: true })
    const { dns } = await testbed().startAcme()
    const resolver = new Resolver()
    resolver.setServers([dns.server])
    await dns.setA('elsewhere.example.test', ['10.90.0.99'])
    await dns.setTxt('_acme-challenge.example.test', 'one')
    await dns.setTxt('_acme-challenge.example.test', 'two')
    await dns.addCname('alias.example.test', 'elsewhere.example.test')

    expect(await resolver.resolve4('any.example.test')).toEqual([address])
    expect(await resolver.resolve4('elsewhere.example.test')).toEqual(['10.90.0.99'])
    expect((await resolver.resolveTxt('_acme-challenge.example.test')).flat().toSorted()).toEqual(['one', 'two'])
    expect(await resolver.resolveCname('alias.example.test')).toEqual(['elsewhere.example.test'])
    await expect(resolver.resolve6('any.example.test')).rejects.toThrow('ENODATA')

    await dns.clear('elsewhere.example.test')
    expect(await resolver.resolve4('elsewhere.example.test')).toEqual([address])
  })
})

describe('the ingress controller', () => {
  test('serves an Ingress to a Service without selector from the address in its EndpointSlice', async () => {
    const ingress = await testbed().startIngressController({ gatewayApi: true })
    await using backend = await startBackend('served through the Ingress')
    await testbed().apply(documents(...serviceTo(backend, 'web'), ingressTo('web', 'web.example.test', ingress.className)))
    expect(await served(ingress, 'web.example.test')).toBe('served through the Ingress: web.example.test')
  })

  test('serves an HTTPRoute of a Gateway', async () => {
    const ingress = await testbed().startIngressController({ gatewayApi: true })
    await using backend = await startBackend('served through the Gateway')
    await testbed().apply(documents(...serviceTo(backend, 'routed'), gateway(ingress.className), routeTo('routed', 'routed.example.test')))
    expect(await served(ingress, 'routed.example.test')).toBe('served through the Gateway: routed.example.test')
  })
})

function manifests(...objects: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]): string {
  return documents(...objects.map(({ kind, ...metadata }) => ({ apiVersion: 'v1', kind, metadata })))
}

interface Backend extends AsyncDisposable {
  readonly address: string
  readonly port: number
}

/** A web server at an address as a pod could have. */
async function startBackend(greeting: string): Promise<Backend> {
  const { address, freePorts } = await testbed().claimPodAddress()
  const [port = 0] = await freePorts(1)
  const server = createServer((request, response) => response.end(`${greeting}: ${request.headers.host}`))
  server.listen(port, address)
  await once(server, 'listening')
  return {
    address,
    port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function serviceTo({ address, port }: Backend, name: string): readonly object[] {
  const metadata = { name, namespace: 'default' }
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 80, targetPort: port }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: 'http', port }],
    },
  ]
}

function ingressTo(service: string, host: string, ingressClassName: string): object {
  const backend = { service: { name: service, port: { number: 80 } } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: service, namespace: 'default' },
    spec: { ingressClassName, rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  }
}

function gateway(gatewayClassName: string): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'default' },
    spec: { gatewayClassName, listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
  }
}

function routeTo(service: string, host: string): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: service, namespace: 'default' },
    spec: { parentRefs: [{ name: 'edge' }], hostnames: [host], rules: [{ backendRefs: [{ name: service, port: 80 }] }] },
  }
}

function documents(...objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n')
}

/** What the ingress controller answers for this host once it no longer answers 404. `fetch` does not let a caller choose the Host header. */
async function served({ address, httpPort }: IngressController, host: string): Promise<string> {
  const url = `http://${address}:${httpPort}/`
  return vi.waitFor(
    async () => {
      const [response] = (await once(get(url, { headers: { host }, agent: false }), 'response')) as [IncomingMessage]
      const body = await text(response)
      expect(response.statusCode).toBe(200)
      return body
    },
    { timeout: 120_000, interval: 50 },
  )
}

/** The programs that name this folder in their arguments. */
function programsIn(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(argumentsOf)
    .filter((words) => words.includes(folder))
}

function argumentsOf(processId: string): string {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
