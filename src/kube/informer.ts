import type { KubeObject, ObjectMeta, ObjectName, Resource } from '../crds/resource.ts'
import type { Clock } from '../lib/clock.ts'
import { OperatorError } from '../lib/operator-error.ts'
import type { Log } from '../runtime/log.ts'
import type { Change, Informer, InformerOptions } from './lister.ts'
import { createObjectIndex } from './object-index.ts'
import type { ObjectIndex } from './object-index.ts'
import { createOverlaidStore } from './overlay.ts'
import { reflect } from './reflector.ts'
import type { ReflectorOptions, Sink } from './reflector.ts'
import type { Transport } from './transport.ts'

/** An informer with the ends that only the cache uses. */
export interface RunningInformer<T extends KubeObject> {
  readonly informer: Informer<T>
  readonly resource: Resource<KubeObject>
  /** Lists and watches until the signal is aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** The server's answer to a write of ours. */
  readonly wrote: (object: KubeObject) => void
  readonly deleted: (metadata: ObjectMeta) => void
  /** Resolves with the first complete list, or when the kind is missing and may be. */
  readonly firstList: Promise<void>
  /** Why there is no list, or no watch, at present. */
  readonly trouble: () => string | undefined
}

export interface InformerParts {
  readonly transport: Transport
  readonly log: Log
  readonly clock: Clock
  /** How reflectors list and watch; see `ReflectorOptions`. */
  readonly reflector?: Pick<ReflectorOptions, 'idleMs' | 'pageSize' | 'listIdleMs'>
}

/** One kind, listed, watched, indexed and overlaid with our own writes. */
export function createInformer<T extends KubeObject>(
  resource: Resource<T>,
  options: InformerOptions<T>,
  parts: InformerParts,
): RunningInformer<T> {
  const { log, clock } = parts
  const view = options.view ?? 'full'
  const about = { kind: resource.kind, ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }) }
  const indexes: ObjectIndex<T>[] = []
  const handlers = new Set<(change: Change<T>) => void>()
  const store = createOverlaidStore<T>({ now: clock.now, onChange: publish })
  const firstList = Promise.withResolvers<void>()
  let isSynced = false
  let trouble: Error | undefined
  let failures = 0

  function publish(change: Change<T>): void {
    for (const index of indexes) guarded(() => index.update(change), change)
    for (const handler of handlers) guarded(() => handler(change), change)
  }

  /** What one handler or index does wrong with one object harms nobody else. */
  function guarded(step: () => void, { before, after }: Change<T>): void {
    try {
      step()
    } catch (error) {
      log.error({ ...about, ...placeOf((after ?? before)?.metadata), err: error }, 'a handler of a change failed')
    }
  }

  function keep(raw: KubeObject): T | undefined {
    try {
      if (options.project !== undefined) return options.project(raw as never)
      const plain = withoutManagedFields(raw)
      return options.read === undefined ? (plain as T) : options.read(plain)
    } catch (error) {
      if (error instanceof OperatorError) {
        log.warn({ ...about, ...placeOf(raw.metadata), why: error.message }, 'an object is not as its kind says and is left alone')
        return undefined
      }
      log.error({ ...about, ...placeOf(raw.metadata), err: error }, 'an object could not be projected and is left out')
      return undefined
    }
  }

  function troubled(error: Error | undefined): void {
    if (error === undefined) {
      if (failures >= LOUD_AFTER || (failures > 0 && !isSynced)) log.info(about, 'watching again')
      failures = 0
      trouble = undefined
      return
    }
    const isMissing = options.mayBeMissing === true && 'status' in error && (error.status === 404 || error.status === 403)
    if (isMissing) firstList.resolve()
    trouble = error
    failures += 1
    if (isMissing) {
      const line = failures === 1 ? log.info : log.debug
      line({ ...about, why: error.message }, 'not there, or not for us to read; it is looked for')
      return
    }
    const line = failures === LOUD_AFTER || failures % 20 === 0 ? log.warn : log.debug
    line({ ...about, failures, why: error.message }, 'cannot list or watch; trying again')
  }

  const sink: Sink<T> = {
    decode: (raw) => store.shown(raw.metadata) ?? keep(raw),
    replace: (objects, resourceVersion) => {
      store.replace(objects, resourceVersion)
      isSynced = true
      firstList.resolve()
    },
    watchShowed: store.watchShowed,
    watchDeleted: store.watchDeleted,
    watchReached: store.watchReached,
    troubled,
  }

  return {
    resource,
    informer: {
      get: store.get,
      list: store.list,
      isSynced: () => isSynced,
      index: (valuesOf) => {
        const index = createObjectIndex(valuesOf)
        indexes.push(index)
        for (const after of store.list()) guarded(() => index.update({ before: undefined, after }), { before: undefined, after })
        return index.find
      },
      onChange: (handler) => {
        handlers.add(handler)
        for (const after of store.list()) guarded(() => handler({ before: undefined, after }), { before: undefined, after })
        return () => void handlers.delete(handler)
      },
    },
    run: (signal) =>
      reflect<T>(
        {
          ...parts.reflector,
          transport: parts.transport,
          clock,
          resource,
          view,
          namespace: options.namespace,
          labelSelector: options.labelSelector,
          ...(options.mayBeMissing === true ? { lookForMs: LOOK_FOR_MISSING, listIdleMs: LOOK_FOR_MISSING } : {}),
        },
        sink,
        signal,
      ),
    wrote: (object) => {
      if (options.namespace !== undefined && object.metadata.namespace !== options.namespace) return
      const isOurs = options.admits === undefined || options.admits(object)
      store.wrote(object.metadata, isOurs ? keep(view === 'full' ? object : metadataOf(object)) : undefined)
    },
    deleted: (metadata) => {
      if (options.namespace === undefined || metadata.namespace === options.namespace) store.deleted(metadata)
    },
    firstList: firstList.promise,
    trouble: () => trouble?.message ?? (isSynced ? undefined : 'the list is not complete yet'),
  }
}

/** A CRD that is installed later is noticed within seconds; a request that finds nothing costs the API server next to nothing.
 * While the server sets a new kind up, it may open a streaming list and never end it: pages are taken after the same time. */
const LOOK_FOR_MISSING = 5_000

/** One broken connection is part of a normal life. */
const LOUD_AFTER = 3

function placeOf(metadata: ObjectName | undefined): object {
  return metadata === undefined ? {} : { namespace: metadata.namespace, name: metadata.name }
}

function metadataOf(object: KubeObject): KubeObject {
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata }
}

/** They are a third of a small object, and nobody here reads them. */
function withoutManagedFields(raw: KubeObject & { readonly metadata: { readonly managedFields?: unknown } }): KubeObject {
  if (raw.metadata.managedFields === undefined) return raw
  const { managedFields: _, ...metadata } = raw.metadata
  return { ...raw, metadata }
}
