import type { KubeObject, ObjectName } from '../crds/resource.ts'

/** Reads one kind from the cache. Objects are shared: never change them. */
export interface Lister<T extends KubeObject> {
  readonly get: (name: ObjectName) => T | undefined
  /** All objects, or those of one namespace. */
  readonly list: (namespace?: string) => readonly T[]
}

/** The objects that carry one value, in no particular order; kept up to date with every change. */
export type Index<T extends KubeObject> = (value: string) => readonly T[]

export interface Change<T extends KubeObject> {
  readonly before: T | undefined
  /** undefined: it was deleted, or left the informer's selection. */
  readonly after: T | undefined
}

/** A cached, watched kind (or a selection of one). */
export interface Informer<T extends KubeObject> extends Lister<T> {
  /** Adds an index; call before the cache starts. `valuesOf` must be pure and must not throw. */
  readonly index: (valuesOf: (object: T) => readonly string[]) => Index<T>
  /**
   * Calls `handler` for every object at first and for every change after it, our own writes included, until the function that is
   * returned is called. A throwing handler is logged and harms nobody else.
   */
  readonly onChange: (handler: (change: Change<T>) => void) => () => void
  /** Whether the first list is complete. */
  readonly isSynced: () => boolean
}

/** How an informer lists, watches and decodes. */
export interface InformerOptions<T extends KubeObject> {
  /** undefined: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  /** Whether an object that we wrote ourselves belongs to this selection; needed when `labelSelector` is set. */
  readonly admits?: (object: KubeObject) => boolean
  /** `metadata`: ask for PartialObjectMetadata only. Default `full`. */
  readonly view?: 'full' | 'metadata'
  /**
   * Turns the decoded object (with managedFields still there) into what is kept. Must not throw, and must keep name, namespace, uid
   * and resourceVersion. Default: drop managedFields.
   */
  readonly project?: (object: never) => T
  /**
   * Without `project`: reads the decoded object, whose managedFields are dropped. Throws where it is malformed: then it is left out, as if
   * it were not there, and the log says so.
   */
  readonly read?: (object: KubeObject) => T
  /** The kind need not exist (a CRD of somebody else), or we need not be allowed to read it: the start does not wait for it, and it is looked for every few seconds. */
  readonly mayBeMissing?: boolean
}
