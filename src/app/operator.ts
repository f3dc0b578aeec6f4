import { createAcmeClient } from '../acme/client.ts'
import type { Connect } from '../issuers/acme/clients.ts'
import { createCluster } from '../kube/api-cluster.ts'
import { inClusterAccess, kubeconfigAccess, type ClusterAccess } from '../kube/config.ts'
import { createEventRecorder } from '../kube/event-recorder.ts'
import { createInformerCache } from '../kube/informer-cache.ts'
import { createLeaderElection } from '../kube/lease.ts'
import { createTransport } from '../kube/transport.ts'
import type { Clock } from '../lib/clock.ts'
import { limitPem } from '../pki/pem.ts'
import { createProviderHttp } from '../solvers/dns01/provider-http.ts'
import { http01Answers, type Http01Answers } from '../solvers/http01/answers.ts'
import { answeredChallenges } from '../solvers/tls-alpn01/answered-challenges.ts'
import { tlsAlpn01Answers, type TlsAlpn01Answers } from '../solvers/tls-alpn01/answers.ts'
import type { Log } from '../runtime/log.ts'
import { createCaches } from './caches.ts'
import { objectSeries } from './certificate-series.ts'
import { createControllers, type Controllers } from './controllers.ts'
import { gatewayKinds } from './gateway-kinds.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { parseAddress, pemLimitsOf, replicasService, type ListenFlag, type Options } from './options.ts'
import { serve, type HttpAnswer, type RunningServer } from './http-servers.ts'
import { signsForKubernetes } from './signs-for-kubernetes.ts'
import { proxyFrom } from './proxy.ts'
import { createSolvers } from './solvers.ts'
import { serveTlsAlpn01 } from './tls-alpn01-server.ts'
import { injectionTargets } from './injection-targets.ts'

export interface OperatorParts {
  readonly options: Options
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly clock: Clock
  readonly log: Log
}

/** Lease and component names are the incumbent's on purpose: two operators on one cluster would reissue against each other. */
const LEASE = 'cert-manager-controller'
const FLUSH_WITHIN = 3_000

/**
 * Runs the operator until `signal` is aborted: caches and answers to HTTP-01 and TLS-ALPN-01 on every replica, controllers on the one that
 * holds the lease. Rejects when it cannot start; once it runs it survives whatever the API server does.
 */
export async function runOperator(parts: OperatorParts, signal: AbortSignal): Promise<void> {
  const { options, clock, log, version } = parts
  limitPem(pemLimitsOf(options))
  const metrics = createMetrics()
  const access = await clusterAccess(parts)
  const userAgent = `certwright/${version}`
  const transport = createTransport({ access, clock, userAgent, observer: metrics.onApiRequest })
  const events = createEventRecorder({ transport, clock, log, instance: options.identity })
  const cache = createInformerCache({ transport, log, clock })
  const election = createLeaderElection({
    transport,
    clock,
    log,
    namespace: options['leader-election-namespace'],
    name: LEASE,
    identity: options.identity,
    leaseMs: options['leader-election-lease-duration'],
    renewWithinMs: options['leader-election-renew-deadline'],
    retryMs: options['leader-election-retry-period'],
  })
  const mayWrite = options['leader-elect'] ? election.isLeader : () => true
  const cluster = createCluster({ transport, cache, mayWrite })
  const caches = createCaches(cache, {
    namespace: options.namespace,
    signingRequests: signsForKubernetes(options),
    injectionTargets: injectionTargets(options),
    gatewayApi: gatewayKinds(options),
    solverPods: options['acme-http01-solver-pods'] !== 'never',
    replicasService: replicasService(options),
  })
  const connect: Connect = (account) =>
    createAcmeClient({ ...account, ...proxyFrom(parts.environment), userAgent, clock, observe: metrics.onAcmeRequest })
  const providerHttp = createProviderHttp({ ...proxyFrom(parts.environment), userAgent })
  const answered = answeredChallenges(caches)
  const { environment } = parts
  const solvers = createSolvers({ answered, caches, cluster, options, version, userAgent, providerHttp, environment, clock })
  const apiServerCa = (): string | undefined => access.tls().ca?.toString()
  const controllers = createControllers({ caches, cluster, events, connect, clock, log, metrics, options, solvers, apiServerCa })

  let isSynced = false
  const servers = await listen(options, {
    metrics: async () => ({
      status: 200,
      body: (await metrics.registry.metrics()) + objectSeries(caches),
      contentType: metrics.registry.contentType,
    }),
    isReady: () => isSynced && !signal.aborted,
    http01: http01Answers({ challenges: caches.challenges }),
    tlsAlpn01: tlsAlpn01Answers({ answered, clock }),
  })
  try {
    log.info({ version, identity: options.identity, server: access.server }, 'starting')
    await cache.start(signal)
    isSynced = true
    log.info({ certificates: caches.certificates.list().length }, 'the caches are filled')
    const lead = (leading: AbortSignal) => act(controllers, metrics, log, leading)
    await (options['leader-elect'] ? election.run(lead, signal) : lead(signal))
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await events.flush(FLUSH_WITHIN)
    await controllers.acmeClients.close()
    await providerHttp.close()
    await Promise.all(servers.map((server) => server.close()))
    await transport.close()
  }
}

/** Reconciles while this replica leads. */
async function act(controllers: Controllers, metrics: Metrics, log: Log, leading: AbortSignal): Promise<void> {
  const running = controllers.start(leading)
  metrics.setRunning(running)
  metrics.setLeader(true)
  log.info({ controllers: running.map(({ name }) => name) }, 'the controllers run')
  await Promise.all(running.map(({ stopped }) => stopped))
  metrics.setLeader(false)
  metrics.setRunning([])
}

/** A kubeconfig when one is named, else the service account of the pod. Throws when there is neither. */
async function clusterAccess({ options, environment }: OperatorParts): Promise<ClusterAccess> {
  const path = options.kubeconfig || environment['KUBECONFIG']
  if (path !== undefined && path !== '') return kubeconfigAccess({ path })
  const host = environment['KUBERNETES_SERVICE_HOST']
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443'
  if (host === undefined) throw new Error('no cluster: give --kubeconfig, or run in a pod with a service account')
  return inClusterAccess({ host, port })
}

interface Pages {
  readonly metrics: () => Promise<HttpAnswer>
  readonly isReady: () => boolean
  readonly http01: Http01Answers
  readonly tlsAlpn01: TlsAlpn01Answers
}

async function listen(options: Options, pages: Pages): Promise<readonly RunningServer[]> {
  const on = (flag: ListenFlag) => parseAddress(options[flag]) ?? { kind: 'off' as const }
  return Promise.all([
    serve(on('metrics-listen-address'), async ({ path }) => (path === '/metrics' ? pages.metrics() : undefined)),
    serve(on('healthz-listen-address'), ({ path }) => Promise.resolve(health(path, pages.isReady()))),
    serve(on('http01-listen-address'), ({ host, path }) => {
      const body = pages.http01.answer(host, path)
      return Promise.resolve(body === undefined ? undefined : { status: 200, body, contentType: 'text/plain' })
    }),
    serveTlsAlpn01(on('tls-alpn01-listen-address'), pages.tlsAlpn01),
  ])
}

function health(path: string, isReady: boolean): HttpAnswer | undefined {
  switch (path) {
    case '/livez':
    case '/healthz':
      return { status: 200, body: 'ok\n' }
    case '/readyz':
      return isReady ? { status: 200, body: 'ok\n' } : { status: 503, body: 'the caches are not filled yet\n' }
    default:
      return undefined
  }
}
