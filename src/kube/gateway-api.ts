import type { KubeObject, Resource } from '../crds/resource.ts'

/** Kinds of the Gateway API, which a cluster need not have. */

/** A Gateway of the Gateway API, as far as its listeners go. */
export interface Gateway extends KubeObject {
  readonly spec?: { readonly gatewayClassName?: string; readonly listeners?: readonly GatewayListener[] }
}

export interface GatewayListener {
  readonly name: string
  readonly hostname?: string
  readonly port?: number
  readonly protocol: string
  readonly tls?: { readonly mode?: string; readonly certificateRefs?: readonly GatewayCertificateRef[] }
}

export interface GatewayCertificateRef {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
}

export const gateways: Resource<Gateway> = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'Gateway',
  plural: 'gateways',
  namespaced: true,
}

/** Listeners that somebody adds to a Gateway of another. */
export interface ListenerSet extends KubeObject {
  readonly spec?: {
    readonly parentRef?: { readonly group?: string; readonly kind?: string; readonly namespace?: string; readonly name?: string }
    readonly listeners?: readonly GatewayListener[]
  }
}

export const listenerSets: Resource<ListenerSet> = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'ListenerSet',
  plural: 'listenersets',
  namespaced: true,
}

export interface HTTPRoute extends KubeObject {
  readonly spec?: {
    readonly parentRefs?: readonly RouteParent[]
    readonly hostnames?: readonly string[]
    readonly rules?: readonly HTTPRouteRule[]
  }
  readonly status?: { readonly parents?: readonly RouteParentStatus[] }
}

export interface RouteParent {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
  readonly sectionName?: string
  readonly port?: number
}

export interface HTTPRouteRule {
  readonly matches?: readonly { readonly path?: { readonly type?: string; readonly value?: string } }[]
  readonly backendRefs?: readonly {
    readonly group?: string
    readonly kind?: string
    readonly name: string
    readonly port?: number
    readonly weight?: number
  }[]
}

/** What one parent makes of a route. */
export interface RouteParentStatus {
  readonly parentRef: RouteParent
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[]
}

export const httpRoutes: Resource<HTTPRoute> = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'HTTPRoute',
  plural: 'httproutes',
  namespaced: true,
}

export interface TLSRoute extends KubeObject {
  readonly spec?: {
    readonly parentRefs?: readonly RouteParent[]
    readonly hostnames?: readonly string[]
    readonly rules?: readonly Pick<HTTPRouteRule, 'backendRefs'>[]
  }
  readonly status?: { readonly parents?: readonly RouteParentStatus[] }
}

/** Since Gateway API 1.5. */
export const tlsRoutes: Resource<TLSRoute> = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'TLSRoute',
  plural: 'tlsroutes',
  namespaced: true,
}

/** Before that, in the experimental channel only. */
export const alphaTlsRoutes: Resource<TLSRoute> = { ...tlsRoutes, version: 'v1alpha2' }
