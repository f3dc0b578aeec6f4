import type { KubeObject, Resource } from '../crds/resource.ts'

export interface Pod extends KubeObject {
  readonly spec?: PodSpec
  readonly status?: PodStatus
}

/** What of a pod we write; the parts that users write stay as they are. */
export interface PodSpec {
  readonly containers: readonly Container[]
  readonly restartPolicy?: string
  readonly automountServiceAccountToken?: boolean
  readonly enableServiceLinks?: boolean
  readonly serviceAccountName?: string
  readonly priorityClassName?: string
  readonly runtimeClassName?: string
  readonly nodeName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly securityContext?: object
  readonly affinity?: object
  readonly tolerations?: readonly object[]
  readonly imagePullSecrets?: readonly object[]
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy?: string
  readonly args?: readonly string[]
  readonly resources?: object
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[]
  readonly securityContext?: object
}

export interface PodStatus {
  readonly phase?: string
  readonly podIP?: string
  readonly podIPs?: readonly { readonly ip: string }[]
  readonly conditions?: readonly PodCondition[]
  readonly containerStatuses?: readonly { readonly name: string; readonly state?: ContainerState }[]
}

export interface PodCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly terminated?: { readonly reason?: string; readonly message?: string }
}

export const pods: Resource<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }
