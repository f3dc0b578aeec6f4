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
