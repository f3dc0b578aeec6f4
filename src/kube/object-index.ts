import type { KubeObject } from '../crds/resource.ts'
import type { Change, Index } from './lister.ts'

export interface ObjectIndex<T extends KubeObject> {
  readonly find: Index<T>
  readonly update: (change: Change<T>) => void
}

/** Finds objects by the values that `valuesOf` reads from them. It is called again for the old object, so it must be pure. */
export function createObjectIndex<T extends KubeObject>(valuesOf: (object: T) => readonly string[]): ObjectIndex<T> {
  const carriers = new Map<string, Set<T>>()

  function remove(value: string, object: T): void {
    const set = carriers.get(value)
    set?.delete(object)
    if (set?.size === 0) carriers.delete(value)
  }

  function add(value: string, object: T): void {
    const set = carriers.get(value)
    if (set === undefined) carriers.set(value, new Set([object]))
    else set.add(object)
  }

  return {
    find: (value) => [...(carriers.get(value) ?? [])],
    update: ({ before, after }) => {
      if (before !== undefined) for (const value of valuesOf(before)) remove(value, before)
      if (after !== undefined) for (const value of valuesOf(after)) add(value, after)
    },
  }
}
