import type { ObjectName } from '../crds/resource.ts'
import type { Instant } from '../lib/instant.ts'
import { keyOf } from './object-key.ts'
import type { ObjectKey } from './object-key.ts'

/** Puts keys into a queue whenever something changes, until the function that it returns is called. */
export type Trigger = (enqueue: Enqueue) => () => void

export type Enqueue = (key: ObjectKey, at?: Instant) => void

/** What an informer offers to a trigger. */
export interface ChangeSource<T> {
  readonly onChange: (handler: (change: ObjectChange<T>) => void) => () => void
}

export interface ObjectChange<T> {
  readonly before: T | undefined
  readonly after: T | undefined
}

/** Reconciles each object of `source` itself when it changes. */
export function onOwnChange<T extends { readonly metadata: ObjectName }>(source: ChangeSource<T>): Trigger {
  return onChangeOf(source, (object) => [keyOf(object.metadata)])
}

/** Reconciles what `keysOf` names for the old and for the new version of a changed object; each key once. */
export function onChangeOf<T>(source: ChangeSource<T>, keysOf: (object: T) => Iterable<ObjectKey>): Trigger {
  return (enqueue) =>
    source.onChange(({ before, after }) => {
      const keys = new Set<ObjectKey>(before === undefined ? [] : keysOf(before))
      if (after !== undefined) for (const key of keysOf(after)) keys.add(key)
      for (const key of keys) enqueue(key)
    })
}
