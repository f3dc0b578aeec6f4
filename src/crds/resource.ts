/** What every Kubernetes object carries. `managedFields` is stripped while decoding unless a projection asks for it. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly generateName?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly OwnerReference[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/** One kind of object as the API server serves it. `T` is its TypeScript type. */
export interface Resource<T extends KubeObject> {
  readonly group: string // '' for the core group
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Carries the type only; never set. */
  readonly __type?: T
}

/** Names one object of a known kind; cluster-scoped kinds have no namespace. */
export interface ObjectName {
  readonly namespace?: string
  readonly name: string
}

/** `group/version` as it stands in `apiVersion`. */
export function apiVersionOf(resource: Resource<never> | Resource<KubeObject>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}
