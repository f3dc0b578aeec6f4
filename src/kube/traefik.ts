import type { KubeObject, Resource } from '../crds/resource.ts'

/** How Traefik routes connections by the name they ask for; a cluster need not have it. */
export interface IngressRouteTCP extends KubeObject {
  readonly spec?: {
    readonly entryPoints?: readonly string[]
    readonly routes?: readonly { readonly match: string; readonly services?: readonly { readonly name: string; readonly port: number }[] }[]
    readonly tls?: { readonly passthrough?: boolean }
  }
}

export const ingressRouteTcps: Resource<IngressRouteTCP> = {
  group: 'traefik.io',
  version: 'v1alpha1',
  kind: 'IngressRouteTCP',
  plural: 'ingressroutetcps',
  namespaced: true,
}
