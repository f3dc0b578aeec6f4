import type { KubeObject, ObjectMeta, ObjectName, Resource } from '../crds/resource.ts'
import type { Redacted } from '../lib/redacted.ts'

/**
 * Reads past the cache and writes. Every answer to a write is put into the cache at once (read your writes).
 * All methods throw `KubeApiError` (an `OperatorError`) for anything but the outcomes they name.
 */
export interface Cluster {
  /** A live read; undefined when the object does not exist. */
  readonly get: <T extends KubeObject>(resource: Resource<T>, name: ObjectName, signal: AbortSignal) => Promise<T | undefined>
  /** A live list, paged. */
  readonly list: <T extends KubeObject>(resource: Resource<T>, options: ListOptions, signal: AbortSignal) => Promise<readonly T[]>
  /** Throws `KubeApiError` with code `kube/AlreadyExists` when there is one of that name. */
  readonly create: <T extends KubeObject>(resource: Resource<T>, object: New<T>, options: WriteOptions, signal: AbortSignal) => Promise<T>
  /** Server-side apply. `force` takes fields over from other managers. */
  readonly apply: <T extends KubeObject>(resource: Resource<T>, object: New<T>, options: ApplyOptions, signal: AbortSignal) => Promise<T>
  /**
   * Brings `.status` of `current` to `status` by an RFC 7386 merge patch of just what differs, with the resourceVersion
   * of `current` as precondition. Writes nothing and returns `current` when nothing differs.
   */
  readonly patchStatus: <T extends KubeObject & { readonly status?: unknown }>(
    resource: Resource<T>,
    current: T,
    status: T['status'],
    options: WriteOptions,
    signal: AbortSignal,
  ) => Promise<T>
  /** RFC 7386 merge patch of the object itself (metadata, spec), with the resourceVersion of `current` as precondition. */
  readonly patch: <T extends KubeObject>(
    resource: Resource<T>,
    current: T,
    patch: object,
    options: WriteOptions,
    signal: AbortSignal,
  ) => Promise<T>
  /** Deletes exactly this object (UID precondition). Gone already, or another object of that name: nothing happens. Propagation: background. */
  readonly delete: <T extends KubeObject>(
    resource: Resource<T>,
    object: { readonly metadata: ObjectMeta },
    signal: AbortSignal,
  ) => Promise<void>
  /** A token of a service account for these audiences that is good for ten minutes (TokenRequest). */
  readonly serviceAccountToken: (serviceAccount: ObjectName, audiences: readonly string[], signal: AbortSignal) => Promise<Redacted<string>>
  /** POSTs to an API that somebody else serves behind the API server (an APIService), as ourselves. The answer is not cached. */
  readonly callApi: (call: ApiCall, signal: AbortSignal) => Promise<unknown>
}

/** What a caller hands in to be created or applied; `apiVersion` and `kind` are filled in from the resource. */
export type New<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind' | 'status'>

/** A call to a cluster-wide resource of an aggregated API. The names become part of the path as they are: check a user's words first. */
export interface ApiCall {
  readonly group: string
  readonly version: string
  readonly resource: string
  /** Sent as JSON. */
  readonly body: unknown
}

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface WriteOptions {
  readonly fieldManager: string
}

export interface ApplyOptions extends WriteOptions {
  readonly force?: boolean
}
