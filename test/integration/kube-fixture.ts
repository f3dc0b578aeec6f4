import { readFile } from 'node:fs/promises'
import { createCluster } from '../../src/kube/api-cluster.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import type { ClusterAccess } from '../../src/kube/config.ts'
import { createInformerCache } from '../../src/kube/informer-cache.ts'
import type { InformerCache, InformerCacheOptions } from '../../src/kube/informer-cache.ts'
import { createTransport } from '../../src/kube/transport.ts'
import type { RequestSample, Transport, TransportOptions } from '../../src/kube/transport.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Redacted } from '../../src/lib/redacted.ts'
import type { Log } from '../../src/runtime/log.ts'
import { waitFor } from '../e2e/wait-for.ts'
import { startFaultProxy } from '../testbed/fault-proxy.ts'
import type { FaultProxy } from '../testbed/fault-proxy.ts'
import type { Testbed } from '../testbed/testbed.ts'

/** A signal for what the test itself waits for. */
export const never = new AbortController().signal

export interface LogLine {
  readonly level: keyof Log
  readonly message: string
  readonly fields: object
}

export interface Client extends AsyncDisposable {
  readonly transport: Transport
  readonly cache: InformerCache
  readonly cluster: Cluster
  readonly samples: readonly RequestSample[]
  readonly lines: readonly LogLine[]
  readonly log: Log
  /** Starts the cache and waits for its first lists. */
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

type ClientOptions = Partial<TransportOptions> & Pick<InformerCacheOptions, 'reflector' | 'reportAfterMs'>

/** Transport, cache and cluster of one process, with what they logged and asked. */
export function clientFor(access: ClusterAccess, options: ClientOptions = {}): Client {
  const { reflector, reportAfterMs, ...transportOptions } = options
  const samples: RequestSample[] = []
  const lines: LogLine[] = []
  const line =
    (level: keyof Log) =>
    (fields: object, message: string): void =>
      void lines.push({ level, message, fields })
  const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const transport = createTransport({
    access,
    clock: systemClock,
    userAgent: 'certwright-test',
    observer: (sample) => samples.push(sample),
    ...transportOptions,
  })
  const cache = createInformerCache({
    transport,
    log,
    clock: systemClock,
    ...(reflector === undefined ? {} : { reflector }),
    ...(reportAfterMs === undefined ? {} : { reportAfterMs }),
  })
  const stopping = new AbortController()
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('the test is over'))
    await transport.close()
  }
  return {
    transport,
    cache,
    cluster: createCluster({ transport, cache }),
    samples,
    lines,
    log,
    start: () => cache.start(stopping.signal),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** A token that may do everything, since client certificates do not pass through the fault proxy. */
export async function adminToken(testbed: Testbed): Promise<Redacted<string>> {
  await testbed.apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'default', name: 'tester' } },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'tester' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'tester' }],
        },
      ],
    }),
  )
  const { stdout, stderr, code } = await testbed.kubectl(['create', 'token', 'tester', '--duration=10h'])
  if (code !== 0) throw new Error(stderr)
  return new Redacted(stdout.trim())
}

/** Straight to the API server. */
export async function directAccess(testbed: Testbed, token: Redacted<string>): Promise<ClusterAccess> {
  const tls = { ca: await readFile(testbed.caFile) }
  return { server: testbed.apiServerUrl, tls: () => tls, authorize: async () => bearer(token), invalidate: () => {} }
}

export interface FaultyAccess extends AsyncDisposable {
  readonly proxy: FaultProxy
  readonly access: ClusterAccess
}

/** Through a new fault proxy. */
export async function faultyAccess(testbed: Testbed, token: Redacted<string>): Promise<FaultyAccess> {
  const proxy = await startFaultProxy({ upstream: testbed.apiServerUrl, ca: await readFile(testbed.caFile, 'utf8') })
  const tls = {}
  return {
    proxy,
    access: { server: proxy.url, tls: () => tls, authorize: async () => bearer(token), invalidate: () => {} },
    [Symbol.asyncDispose]: proxy.stop,
  }
}

function bearer(token: Redacted<string>): { readonly authorization: string } {
  return { authorization: `Bearer ${token.reveal()}` }
}

/** Creates a namespace of this name, with what the control plane puts into each: a test of watches knows what comes when. */
export async function namespace(testbed: Testbed, name: string): Promise<string> {
  await testbed.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
  await waitFor(`the ConfigMap kube-root-ca.crt of ${name}`, async () => {
    const { status } = await testbed.request(`/api/v1/namespaces/${name}/configmaps/kube-root-ca.crt`)
    return status === 200 ? true : undefined
  })
  return name
}
