import { resolvers, type ResolverAt } from '../dns/resolvers.ts'
import type { Cluster } from '../kube/cluster.ts'
import type { Clock } from '../lib/clock.ts'
import type { Environment } from '../solvers/dns01/dns-provider.ts'
import { dnsPersist01Solver } from '../solvers/dns-persist01/dns-persist01-solver.ts'
import { dns01Solver } from '../solvers/dns01/dns01-solver.ts'
import type { ProviderHttpConnections } from '../solvers/dns01/provider-http.ts'
import { providerAccess } from '../solvers/dns01/provider-access.ts'
import { recordRoom, type RecordRoom } from '../solvers/dns01/record-room.ts'
import { http01Solver } from '../solvers/http01/http01-solver.ts'
import { createResolver } from '../solvers/http01/resolver.ts'
import type { SolverPodOptions } from '../solvers/http01/solver-pod.ts'
import { answeringReplicas } from '../solvers/http01/replicas.ts'
import type { AnswerAt } from '../solvers/http01/solver-service.ts'
import type { Solver, Solvers } from '../solvers/solver.ts'
import type { AnsweredChallenges } from '../solvers/tls-alpn01/answered-challenges.ts'
import { tlsAlpn01Solver } from '../solvers/tls-alpn01/tls-alpn01-solver.ts'
import type { Caches } from './caches.ts'
import { isGateOn } from './feature-gates.ts'
import { parseAddress, type ListenFlag, type Options } from './options.ts'

/** The ways to prove control of a name that this version has. Make them before the caches start: they add indexes. */
export function createSolvers(deps: {
  readonly answered: AnsweredChallenges
  readonly caches: Caches
  readonly cluster: Cluster
  readonly options: Options
  readonly version: string
  readonly userAgent: string
  /** To the APIs of DNS providers. */
  readonly providerHttp: ProviderHttpConnections
  readonly environment: Environment
  readonly clock: Clock
}): Solvers {
  const { caches, cluster, options, version, userAgent, answered } = deps
  const resolve = createResolver(options['acme-http01-solver-nameservers'])
  const extraLabels = options['acme-http01-solver-extra-labels']
  const parts = { cluster, services: caches.services, endpointSlices: caches.endpointSlices }
  const http01 = http01Solver({
    ...parts,
    answerAt: answerAt('http01-listen-address', options, caches),
    extraLabels,
    ingresses: caches.ingresses,
    httpRoutes: caches.httpRoutes,
    pods: caches.solverPods,
    startsPodsUnasked: options['acme-http01-solver-pods'] === 'always',
    pod: podOptions(options, version),
    defaultServiceType: options['acme-http01-solver-service-type'],
    ingress: {
      pathType: isGateOn('ACMEHTTP01IngressPathTypeExact', options['feature-gates']) ? 'Exact' : 'ImplementationSpecific',
      extraLabels,
    },
    selfCheck: { resolve, userAgent, port: HTTP_PORT },
  })
  const tlsAlpn01 = tlsAlpn01Solver({
    ...parts,
    answerAt: answerAt('tls-alpn01-listen-address', options, caches),
    answered,
    tlsRoutes: caches.tlsRoutes,
    ingressRouteTcps: caches.ingressRouteTcps,
    selfCheck: { resolve, port: HTTPS_PORT },
  })
  const resolverAt = resolvers({
    clock: deps.clock,
    nameservers: options['dns01-recursive-nameservers'],
    byHttps: deps.providerHttp.dispatcher,
  })
  const dnsPersist01 = dnsPersist01Solver({
    isOn: isGateOn('DNSPersist01', options['feature-gates']),
    isRecursiveOnly: options['dns01-recursive-nameservers-only'],
    resolverAt,
    clock: deps.clock,
  })
  return {
    'HTTP-01': http01,
    'DNS-01': createDns01(options, { ...deps, resolverAt, room: recordRoom(caches.challenges) }),
    'TLS-ALPN-01': tlsAlpn01,
    'DNS-PERSIST-01': dnsPersist01,
  }
}

function answerAt(flag: ListenFlag, options: Options, { replicas }: Caches): AnswerAt {
  const listening = parseAddress(options[flag])
  const port = listening?.kind === 'on' ? listening.port : 0
  return answeringReplicas({ own: options.podIp === '' ? undefined : options.podIp, port, slices: replicas })
}

function podOptions(options: Options, version: string): SolverPodOptions {
  return {
    image: options['acme-http01-solver-image'] || `certwright/certwright:${version}`,
    requests: { cpu: options['acme-http01-solver-resource-request-cpu'], memory: options['acme-http01-solver-resource-request-memory'] },
    limits: { cpu: options['acme-http01-solver-resource-limits-cpu'], memory: options['acme-http01-solver-resource-limits-memory'] },
    runAsNonRoot: options['acme-http01-solver-run-as-non-root'],
    runtimeClassName: options['acme-http01-solver-runtime-class-name'],
    extraLabels: options['acme-http01-solver-extra-labels'],
  }
}

function createDns01(
  options: Options,
  deps: {
    readonly cluster: Cluster
    readonly providerHttp: ProviderHttpConnections
    readonly environment: Environment
    readonly resolverAt: ResolverAt
    readonly room: RecordRoom
  },
): Solver {
  const access = {
    cluster: deps.cluster,
    http: deps.providerHttp,
    environment: deps.environment,
    clusterResourceNamespace: options['cluster-resource-namespace'],
    isAmbientAllowed: { Issuer: options['issuer-ambient-credentials'], ClusterIssuer: options['cluster-issuer-ambient-credentials'] },
  }
  return dns01Solver({
    accessFor: (issuer) => providerAccess(issuer, access),
    isRecursiveOnly: options['dns01-recursive-nameservers-only'],
    resolverAt: deps.resolverAt,
    room: deps.room,
    checkRetryPeriod: options['dns01-check-retry-period'],
  })
}

/** Where a CA looks (RFC 8555 §8.3, RFC 8737 §3). */
const HTTP_PORT = 80
const HTTPS_PORT = 443
