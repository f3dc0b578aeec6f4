import { storedSecret, type RawSecret, type StoredSecret } from '../controllers/certificate/stored-secret.ts'
import type { WatchedTargets } from '../controllers/ca-injector/controller.ts'
import { injectionTarget, type InjectionTarget } from '../controllers/ca-injector/injection-target.ts'
import type { TargetKind } from '../controllers/ca-injector/target-kinds.ts'
import { kinds } from '../crds/kinds.ts'
import { label } from '../crds/labels.ts'
import { wellFormed } from '../crds/well-formed.ts'
import type { KubeObject, ObjectName } from '../crds/resource.ts'
import {
  certificateRequests,
  certificateRevocations,
  certificates,
  challenges,
  clusterIssuerPools,
  clusterIssuers,
  issuerPools,
  issuers,
  orders,
} from '../crds/resources.ts'
import type { GatewayKinds } from './gateway-kinds.ts'
import {
  alphaTlsRoutes,
  gateways,
  httpRoutes,
  listenerSets,
  tlsRoutes,
  type Gateway,
  type HTTPRoute,
  type ListenerSet,
} from '../kube/gateway-api.ts'
import {
  certificateSigningRequests,
  endpointSlices,
  ingresses,
  secrets,
  services,
  type CertificateSigningRequest,
  type EndpointSlice,
  type Ingress,
  type Service,
} from '../kube/kinds.ts'
import { pods, type Pod } from '../kube/pods.ts'
import { ingressRouteTcps, type IngressRouteTCP } from '../kube/traefik.ts'
import { projectSolverPod } from '../solvers/http01/solver-pod-state.ts'
import type { InformerCache } from '../kube/informer-cache.ts'
import type { Informer } from '../kube/lister.ts'
import type { Certificate } from '../crds/certificate.ts'
import type { CertificateRequest } from '../crds/certificate-request.ts'
import type { CertificateRevocation } from '../crds/certificate-revocation.ts'
import type { Challenge } from '../crds/challenge.ts'
import type { ClusterIssuer, Issuer } from '../crds/issuer.ts'
import type { ClusterIssuerPool, IssuerPool } from '../crds/issuer-pool.ts'
import type { Order } from '../crds/order.ts'
import type { Resource } from '../crds/resource.ts'
import type { TlsRouteVersion } from '../solvers/tls-alpn01/tls-route.ts'

/** Every kind that the controllers watch. */
export interface Caches {
  readonly certificates: Informer<Certificate>
  readonly requests: Informer<CertificateRequest>
  /** Of Kubernetes; undefined: the operator does not sign for it. */
  readonly signingRequests: Informer<CertificateSigningRequest> | undefined
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly issuerPools: Informer<IssuerPool>
  readonly clusterIssuerPools: Informer<ClusterIssuerPool>
  readonly revocations: Informer<CertificateRevocation>
  readonly orders: Informer<Order>
  readonly challenges: Informer<Challenge>
  /** Secrets that carry our label, reduced to what decisions need: no private key stays in the cache. */
  readonly managedSecrets: Informer<StoredSecret>
  /** The metadata of all others: their content never reaches this process unless an issuer or a Certificate names them. */
  readonly foreignSecrets: Informer<KubeObject>
  /** All Ingresses: they ask for certificates, and a solver may edit a user's own. */
  readonly ingresses: Informer<Ingress>
  /** Of the Gateway API, which need not be installed; undefined: the operator does not look at them. */
  readonly gateways: Informer<Gateway> | undefined
  readonly listenerSets: Informer<ListenerSet> | undefined
  /** HTTPRoutes of HTTP-01 solvers; undefined: the operator leaves the Gateway API alone. */
  readonly httpRoutes: Informer<HTTPRoute> | undefined
  /** TLSRoutes of TLS-ALPN-01 solvers, by the versions of the kind, the newest first; empty: the operator leaves the Gateway API alone. */
  readonly tlsRoutes: readonly TlsRouteVersion[]
  /** IngressRouteTCPs of TLS-ALPN-01 solvers. */
  readonly ingressRouteTcps: Informer<IngressRouteTCP>
  /** Services and EndpointSlices of HTTP-01 and TLS-ALPN-01 solvers. */
  readonly services: Informer<Service>
  readonly endpointSlices: Informer<EndpointSlice>
  /** EndpointSlices of the Service in front of the operator's own replicas; undefined: no such Service is known. */
  readonly replicas: Informer<EndpointSlice> | undefined
  /** Pods of HTTP-01 solvers, without their spec; undefined: the operator starts none. */
  readonly solverPods: Informer<Pod> | undefined
  /** The metadata of what CAs may be injected into; empty: the operator injects none. */
  readonly injectionTargets: readonly WatchedTargets[]
  /** The resourceVersion of any Secret; undefined when there is none. */
  readonly secretVersion: (name: ObjectName) => string | undefined
}

const IS_MANAGED = `${label.managedSecret}=true`
const IS_FOREIGN = `${label.managedSecret}!=true`
const SERVICE_NAME = 'kubernetes.io/service-name'
const IS_SOLVER = `${label.http01Solver}=true`

export interface Watched {
  /** The only namespace; empty: all. Of the kinds without namespace, those are left out that the operator may then not read. */
  readonly namespace: string
  readonly signingRequests: boolean
  readonly injectionTargets: readonly TargetKind[]
  readonly gatewayApi: GatewayKinds
  readonly solverPods: boolean
  readonly replicasService: ObjectName | undefined
}

/** Makes the informers of what is to be watched. */
export function createCaches(cache: InformerCache, watched: Watched): Caches {
  const { namespace, signingRequests, injectionTargets, gatewayApi } = watched
  const where = namespace === '' ? {} : { namespace }
  const managedSecrets = cache.informer<StoredSecret>(secrets as unknown as Resource<StoredSecret>, {
    ...where,
    labelSelector: IS_MANAGED,
    admits: isManaged,
    project: (raw: RawSecret) => storedSecret(raw),
  })
  const foreignSecrets = cache.informer<KubeObject>(secrets, {
    ...where,
    labelSelector: IS_FOREIGN,
    admits: (object) => !isManaged(object),
    view: 'metadata',
    project: metadataOnly,
  })
  const ofSolvers = { ...where, labelSelector: IS_SOLVER, admits: isSolver }
  const unlessForbidden = { mayBeMissing: namespace !== '' }
  return {
    certificates: cache.informer(certificates, { ...where, ...readAs(certificates) }),
    requests: cache.informer(certificateRequests, { ...where, ...readAs(certificateRequests) }),
    signingRequests: signingRequests ? cache.informer(certificateSigningRequests, unlessForbidden) : undefined,
    issuers: cache.informer(issuers, { ...where, ...readAs(issuers) }),
    clusterIssuers: cache.informer(clusterIssuers, { ...unlessForbidden, ...readAs(clusterIssuers) }),
    // Kinds of our own: where only the incumbent's CRDs are installed, the rest works.
    issuerPools: cache.informer(issuerPools, { ...where, ...readAs(issuerPools), mayBeMissing: true }),
    clusterIssuerPools: cache.informer(clusterIssuerPools, { ...readAs(clusterIssuerPools), mayBeMissing: true }),
    revocations: cache.informer(certificateRevocations, { ...where, ...readAs(certificateRevocations), mayBeMissing: true }),
    orders: cache.informer(orders, { ...where, ...readAs(orders) }),
    challenges: cache.informer(challenges, { ...where, ...readAs(challenges) }),
    managedSecrets,
    foreignSecrets,
    ingresses: cache.informer(ingresses, where),
    gateways: gatewayApi.gateways ? cache.informer(gateways, { ...where, mayBeMissing: true }) : undefined,
    listenerSets: gatewayApi.listenerSets ? cache.informer(listenerSets, { ...where, mayBeMissing: true }) : undefined,
    httpRoutes: gatewayApi.gateways ? cache.informer(httpRoutes, { ...ofSolvers, mayBeMissing: true }) : undefined,
    tlsRoutes: (gatewayApi.gateways ? [tlsRoutes, alphaTlsRoutes] : []).map((resource) => ({
      resource,
      informer: cache.informer(resource, { ...ofSolvers, mayBeMissing: true }),
    })),
    ingressRouteTcps: cache.informer(ingressRouteTcps, { ...ofSolvers, mayBeMissing: true }),
    services: cache.informer(services, ofSolvers),
    endpointSlices: cache.informer(endpointSlices, ofSolvers),
    replicas: watched.replicasService === undefined ? undefined : replicasOf(cache, watched.replicasService),
    solverPods: watched.solverPods ? cache.informer(pods, { ...ofSolvers, project: projectSolverPod, mayBeMissing: true }) : undefined,
    injectionTargets: injectionTargets.map((kind) => ({
      kind,
      // Whoever may not read such a kind has nothing injected into it; the rest works.
      informer: cache.informer(kind.resource as Resource<InjectionTarget>, {
        view: 'metadata',
        project: injectionTarget,
        mayBeMissing: true,
      }),
    })),
    secretVersion: (name) => (managedSecrets.get(name) ?? foreignSecrets.get(name))?.metadata.resourceVersion,
  }
}

/** The rest works where the operator may not read them: then only the leader answers CAs. */
function replicasOf(cache: InformerCache, { namespace, name }: ObjectName): Informer<EndpointSlice> {
  return cache.informer(endpointSlices, {
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: `${SERVICE_NAME}=${name}`,
    admits: ({ metadata }) => metadata.labels?.[SERVICE_NAME] === name,
    mayBeMissing: true,
  })
}

/** Nothing behind the caches doubts the types of our kinds: what is not as the kind says does not get in. */
function readAs<T extends KubeObject>(resource: Resource<T>): { readonly read: (object: KubeObject) => T } {
  const definition = kinds.find((kind) => kind.resource.plural === resource.plural && kind.resource.group === resource.group)
  if (definition === undefined) throw new TypeError(`${resource.plural}.${resource.group} is no kind of ours`)
  return { read: wellFormed(definition) }
}

function isManaged({ metadata }: KubeObject): boolean {
  return metadata.labels?.[label.managedSecret] === 'true'
}

function isSolver({ metadata }: KubeObject): boolean {
  return metadata.labels?.[label.http01Solver] === 'true'
}

/** Of foreign Secrets only identity and version are needed; annotations may hold a copy of the whole object. */
function metadataOnly({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }: KubeObject): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  }
}
