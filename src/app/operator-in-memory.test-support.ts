import { targetKinds } from '../controllers/ca-injector/target-kinds.ts'
import { kinds } from '../crds/kinds.ts'
import type { KubeObject, Resource } from '../crds/resource.ts'
import { valueAt, withValueAt, type Path } from '../crds/sample.test-support.ts'
import type { Connect } from '../issuers/acme/clients.ts'
import type { Cluster } from '../kube/cluster.ts'
import { createInformerCache } from '../kube/informer-cache.ts'
import { certificateSigningRequests, endpointSlices, ingresses, secrets } from '../kube/kinds.ts'
import { instant } from '../lib/instant.ts'
import type { Log } from '../runtime/log.ts'
import { keyOf, type ObjectKey } from '../runtime/object-key.ts'
import { http01Answers } from '../solvers/http01/answers.ts'
import { answeredChallenges } from '../solvers/tls-alpn01/answered-challenges.ts'
import { createCaches } from './caches.ts'
import { objectSeries } from './certificate-series.ts'
import { createControllers } from './controllers.ts'
import { createMetrics } from './metrics.ts'
import { readOptions } from './options.ts'
import { liveSecret, pem, thumbprint, token } from './sample-objects.test-support.ts'
import { createSolvers } from './solvers.ts'
import type { Looker } from './startable.ts'

const now = instant(Date.UTC(2026, 0, 15))
const clock = { now: () => now }
const signal = new AbortController().signal

const resources = new Map<string, Resource<KubeObject>>([
  ...kinds.map(({ resource }) => [resource.kind, resource] as const),
  ...[secrets, certificateSigningRequests, ingresses, endpointSlices].map(
    (resource) => [resource.kind, resource as Resource<KubeObject>] as const,
  ),
])

/** The caches and controllers of the operator with objects that are shown to them one by one, and without a cluster. */
export function operatorInMemory() {
  const problems: string[] = []
  const leftAlone: string[] = []
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: (fields) => void leftAlone.push(JSON.stringify(fields)),
    error: (fields) =>
      void problems.push('err' in fields && fields.err instanceof Error ? (fields.err.stack ?? '') : JSON.stringify(fields)),
  }
  const nowhere = () => Promise.reject(new Error('there is no cluster'))
  const transport = { request: nowhere, stream: nowhere, inFlight: () => 0, close: () => Promise.resolve() }
  const cache = createInformerCache({ transport, log, clock })
  const caches = createCaches(cache, {
    namespace: '',
    signingRequests: true,
    injectionTargets: Object.values(targetKinds),
    gatewayApi: { gateways: true, listenerSets: true },
    solverPods: true,
    replicasService: { namespace: 'cert-manager', name: 'certwright-metrics' },
  })
  const cluster = {
    get: (resource: Resource<KubeObject>) => Promise.resolve(resource.kind === 'Secret' ? liveSecret : undefined),
    create: () => Promise.resolve({ status: { allowed: true } }),
    list: () => Promise.resolve([]),
  } as unknown as Cluster
  const reading = readOptions(
    ['--feature-gates=ExperimentalCertificateSigningRequestControllers=true', '--http01-advertise-address=10.0.0.9'],
    {},
    1,
  )
  if (reading.kind === 'invalid') throw new Error(reading.why)
  const { options } = reading
  const answered = answeredChallenges(caches)
  const providerHttp = { request: nowhere } as never
  const solversOfApp = createSolvers({
    answered,
    caches,
    cluster,
    options,
    version: '0',
    userAgent: 'test',
    providerHttp,
    environment: {},
    clock,
  })
  const connect = (() => ({
    keyAuthorization: (of: string) => `${of}.${thumbprint}`,
    close: () => Promise.resolve(),
  })) as unknown as Connect
  const events = { recorderFor: () => ({ record: () => {} }), flush: () => Promise.resolve() } as never
  const deps = {
    caches,
    cluster,
    events,
    connect,
    clock,
    log,
    metrics: createMetrics(),
    options,
    solvers: solversOfApp,
    apiServerCa: () => pem,
  }
  const answers = http01Answers(caches)
  const { lookers } = createControllers(deps)
  let version = 1
  const awake = new Map<Looker, Set<ObjectKey>>(lookers.map((looker) => [looker, new Set()]))
  for (const looker of lookers) for (const trigger of looker.triggers) trigger((woken) => void awake.get(looker)?.add(woken))

  function show(object: KubeObject): void {
    version += 1
    const resource = resources.get(object.kind)
    if (resource === undefined) throw new Error(object.kind)
    cache.wrote(resource, { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } })
  }

  /** What broke when this object was shown, by the error. */
  async function breaksAt(object: KubeObject): Promise<readonly string[]> {
    show(object)
    return breaksNow(object)
  }

  async function breaksNow(object: KubeObject): Promise<readonly string[]> {
    for (const [looker, keys] of awake) {
      keys.add(keyOf(object.metadata))
      for (const woken of keys) {
        try {
          await looker.look(woken, now, signal)
        } catch (error) {
          problems.push(`${looker.name} ${woken}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`)
        }
      }
      keys.clear()
    }
    try {
      objectSeries(caches)
      answers.answer('web.example.com', `/.well-known/acme-challenge/${token}`)
      answered.of('web.example.com')
    } catch (error) {
      problems.push(`served: ${error instanceof Error ? (error.stack ?? '') : String(error)}`)
    }
    return problems.splice(0)
  }

  async function breaksWith(
    object: KubeObject,
    paths: readonly Path[],
    poisons: (value: unknown) => readonly unknown[],
  ): Promise<readonly string[]> {
    const broken: string[] = []
    let wasLeftAlone = false
    for (const path of paths) {
      for (const poison of poisons(valueAt(object, path))) {
        const before = leftAlone.length
        show(withValueAt(object, path, poison) as KubeObject)
        const isLeftAlone = leftAlone.length > before
        // One object that is not there is like the other: it is looked for once.
        const found = isLeftAlone && wasLeftAlone ? problems.splice(0) : await breaksNow(object)
        wasLeftAlone ||= isLeftAlone
        broken.push(
          ...found.map(
            (problem) => `${path.join('.')} = ${JSON.stringify(poison)?.slice(0, 40)}: ${problem.split('\n').slice(0, 3).join(' ')}`,
          ),
        )
      }
      show(object)
    }
    await breaksAt(object)
    return broken
  }

  return { show, breaksAt, breaksWith, leftAlone: () => leftAlone.splice(0) }
}
