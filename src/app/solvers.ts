import type { Cluster } from '../kube/cluster.ts'
import type { Environment, ProviderHttp } from '../solvers/dns01/dns-provider.ts'
import { dns01Solver } from '../solvers/dns01/dns01-solver.ts'
import { providerAccess } from '../solvers/dns01/provider-access.ts'
import { http01Solver } from '../solvers/http01/http01-solver.ts'
import { createResolver } from '../solvers/http01/resolver.ts'
import type { SolverServiceDeps } from '../solvers/http01/solver-service.ts'
import type { Solver, Solvers } from '../solvers/solver.ts'
import type { Caches } from './caches.ts'
import { parseAddress, type Options } from './options.ts'

export interface SolverParts {
  readonly solvers: Solvers
  /** What the controller of solver Services needs besides caches. */
  readonly answerAt: SolverServiceDeps['answerAt']
}

/** The ways to prove control of a name that this version has. Make them before the caches start: they add indexes. */
export function createSolvers(deps: {
  readonly caches: Caches
  readonly cluster: Cluster
  readonly options: Options
  readonly userAgent: string
  /** To the APIs of DNS providers. */
  readonly providerHttp: ProviderHttp
  readonly environment: Environment
}): SolverParts {
  const { caches, cluster, options, userAgent } = deps
  const listening = parseAddress(options['http01-listen-address'])
  const port = listening?.kind === 'on' ? listening.port : 0
  const answerAt = { addresses: () => (options.podIp === '' ? [] : [options.podIp]), port }
  const http01 = http01Solver({
    cluster,
    answerAt,
    ingresses: caches.ingresses,
    httpRoutes: caches.httpRoutes,
    services: caches.services,
    endpointSlices: caches.endpointSlices,
    defaultServiceType: 'ClusterIP',
    ingress: { pathType: 'Exact', extraLabels: {} },
    selfCheck: { resolve: createResolver(options['acme-http01-solver-nameservers']), userAgent, port: HTTP_PORT },
  })
  return { solvers: { 'HTTP-01': http01, 'DNS-01': createDns01(options, deps) }, answerAt }
}

function createDns01(
  options: Options,
  deps: { readonly cluster: Cluster; readonly providerHttp: ProviderHttp; readonly environment: Environment },
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
    nameservers: options['dns01-recursive-nameservers'],
    isRecursiveOnly: options['dns01-recursive-nameservers-only'],
    checkRetryPeriod: options['dns01-check-retry-period'],
  })
}

/** Where a CA looks (RFC 8555 §8.3). */
const HTTP_PORT = 80
