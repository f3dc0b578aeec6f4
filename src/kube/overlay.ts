import type { KubeObject, ObjectMeta, ObjectName } from '../crds/resource.ts'
import { MINUTE } from '../lib/instant.ts'
import { keyOf } from '../runtime/object-key.ts'
import type { ObjectKey } from '../runtime/object-key.ts'
import type { Change } from './lister.ts'
import { compareResourceVersions } from './resource-version.ts'

/**
 * The objects of one informer: what the watch showed, overlaid with the answers to our own writes until the watch has caught up.
 * It holds no I/O. Every method that takes something in tells `onChange` what readers see differently afterwards.
 */
export interface OverlaidStore<T extends KubeObject> {
  readonly get: (name: ObjectName) => T | undefined
  readonly list: (namespace?: string) => readonly T[]
  /** What the watch last showed or our own write was answered with, if it is exactly this version. */
  readonly shown: (metadata: ObjectMeta) => T | undefined
  /** A complete list as of `resourceVersion`. What is not in it is gone. */
  readonly replace: (objects: readonly T[], resourceVersion: string) => void
  readonly watchShowed: (object: T) => void
  /** `metadata` as in the DELETED watch event; its resourceVersion is that of the deletion. */
  readonly watchDeleted: (metadata: ObjectMeta) => void
  /** The watch has shown everything up to `resourceVersion` (a bookmark). */
  readonly watchReached: (resourceVersion: string) => void
  /** The answer to a write of ours; undefined instead of the object when it does not belong to this selection. */
  readonly wrote: (metadata: ObjectMeta, object: T | undefined) => void
  /** A delete of ours was carried out and nothing remained. */
  readonly deleted: (metadata: ObjectMeta) => void
}

export interface StoreOptions<T extends KubeObject> {
  readonly now: () => number
  readonly onChange: (change: Change<T>) => void
}

/** A write of ours that the watch has not shown yet. Meanwhile the store shows `object`, and `watched` waits here. */
interface Pending<T> {
  readonly kind: 'wrote' | 'deleted'
  readonly name: ObjectName
  readonly uid: string | undefined
  /** Of the written object; of the last version before a delete, whose own version the API server does not tell. */
  readonly resourceVersion: string | undefined
  readonly object: T | undefined
  watched: T | undefined
  readonly since: number
}

/** Only after a restore of etcd the watch may never reach a version that we saw. */
const GIVE_UP_AFTER = 5 * MINUTE

/** An empty store. */
export function createOverlaidStore<T extends KubeObject>({ now, onChange }: StoreOptions<T>): OverlaidStore<T> {
  /** Namespace, then name: what readers see. */
  const visible = new Map<string, Map<string, T>>()
  /** In the order of our writes, which is about the order of versions. */
  const pending = new Map<ObjectKey, Pending<T>>()
  /** Everything up to here was shown. undefined: no list yet. */
  let reached: string | undefined

  function get(name: ObjectName): T | undefined {
    return visible.get(name.namespace ?? '')?.get(name.name)
  }

  function show(name: ObjectName, after: T | undefined): void {
    const namespace = name.namespace ?? ''
    const before = get(name)
    if (before === after) return
    if (before !== undefined && after !== undefined && isSameVersion(before.metadata, after.metadata)) return
    if (after !== undefined) {
      const siblings = visible.get(namespace)
      if (siblings === undefined) visible.set(namespace, new Map([[name.name, after]]))
      else siblings.set(name.name, after)
    } else {
      const siblings = visible.get(namespace)
      siblings?.delete(name.name)
      if (siblings?.size === 0) visible.delete(namespace)
    }
    onChange({ before, after })
  }

  /** Whether the watch can no longer show anything older than the write. */
  function isCaughtUp(entry: Pending<T>): boolean {
    if (reached === undefined || compareResourceVersions(reached, entry.resourceVersion) < 0) return false
    // The version before the delete was shown, and the object is no longer there: so the deletion was shown too.
    return entry.kind === 'wrote' || entry.watched === undefined || entry.watched.metadata.uid !== entry.uid
  }

  function drop(key: ObjectKey, entry: Pending<T>): void {
    pending.delete(key)
    show(entry.name, entry.watched)
  }

  /** Oldest writes first, and only as far as they are caught up: constant work per watch event. */
  function dropOldest(): void {
    for (const [key, entry] of pending) {
      if (!isCaughtUp(entry)) return
      drop(key, entry)
    }
  }

  function dropAll(): void {
    const tooOld = now() - GIVE_UP_AFTER
    for (const [key, entry] of pending) {
      if (isCaughtUp(entry) || entry.since < tooOld) drop(key, entry)
    }
  }

  function takeFromWatch(name: ObjectName, object: T | undefined): void {
    const key = keyOf(name)
    const entry = pending.get(key)
    if (entry === undefined) {
      show(name, object)
      return
    }
    entry.watched = object
    if (isCaughtUp(entry)) drop(key, entry)
  }

  function put(entry: Pending<T>): void {
    const key = keyOf(entry.name)
    pending.delete(key) // to the end of the order
    pending.set(key, entry)
    show(entry.name, entry.object)
  }

  function watchedNow(name: ObjectName): T | undefined {
    const entry = pending.get(keyOf(name))
    return entry === undefined ? get(name) : entry.watched
  }

  return {
    get,
    list: (namespace) => {
      if (namespace !== undefined) return [...(visible.get(namespace)?.values() ?? [])]
      return [...visible.values()].flatMap((siblings) => [...siblings.values()])
    },
    shown: (metadata) => {
      const candidates = [watchedNow(metadata), get(metadata)]
      return candidates.find((object) => object !== undefined && isSameVersion(object.metadata, metadata))
    },
    replace: (objects, resourceVersion) => {
      reached = resourceVersion
      const listed = new Map(objects.map((object) => [keyOf(object.metadata), object]))
      const gone: ObjectName[] = []
      for (const siblings of visible.values()) {
        for (const { metadata } of siblings.values()) {
          if (!listed.has(keyOf(metadata))) gone.push(metadata)
        }
      }
      for (const [key, { name }] of pending) {
        if (!listed.has(key)) gone.push(name)
      }
      for (const name of gone) takeFromWatch(nameIn(name), undefined)
      for (const object of objects) takeFromWatch(nameIn(object.metadata), object)
      dropAll()
    },
    watchShowed: (object) => {
      reached = later(reached, object.metadata.resourceVersion)
      takeFromWatch(nameIn(object.metadata), object)
      dropOldest()
    },
    watchDeleted: (metadata) => {
      reached = later(reached, metadata.resourceVersion)
      takeFromWatch(nameIn(metadata), undefined)
      dropOldest()
    },
    watchReached: (resourceVersion) => {
      reached = later(reached, resourceVersion)
      dropAll()
    },
    wrote: (metadata, object) => {
      const { resourceVersion, uid } = metadata
      if (reached !== undefined && compareResourceVersions(resourceVersion, reached) <= 0) return
      const name = nameIn(metadata)
      const earlier = pending.get(keyOf(name))
      if (object === undefined && earlier === undefined && get(name) === undefined) return
      // The answer to a write that came before our delete, but was read after it.
      if (earlier?.kind === 'deleted' && earlier.uid === uid) return
      if (earlier !== undefined && compareResourceVersions(resourceVersion, earlier.resourceVersion) <= 0) return
      put({ kind: 'wrote', name, uid, resourceVersion, object, watched: watchedNow(name), since: now() })
    },
    deleted: (metadata) => {
      const name = nameIn(metadata)
      const shownNow = get(name)
      if (shownNow !== undefined && shownNow.metadata.uid !== metadata.uid) return
      const { resourceVersion, uid } = metadata
      const entry: Pending<T> = { kind: 'deleted', name, uid, resourceVersion, object: undefined, watched: watchedNow(name), since: now() }
      if (!isCaughtUp(entry)) put(entry)
    },
  }
}

function nameIn(metadata: ObjectName): ObjectName {
  return metadata.namespace === undefined ? { name: metadata.name } : { namespace: metadata.namespace, name: metadata.name }
}

function isSameVersion(a: ObjectMeta, b: ObjectMeta): boolean {
  return a.uid === b.uid && a.resourceVersion !== undefined && a.resourceVersion === b.resourceVersion
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return compareResourceVersions(a, b) >= 0 ? a : b
}
