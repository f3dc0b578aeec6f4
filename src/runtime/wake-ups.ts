import type { Instant } from '../lib/instant.ts'
import type { ObjectKey } from './object-key.ts'

/** At most one time per key, and the earliest of all at hand. */
export interface WakeUps {
  /** Remembers `at` for the key, unless an earlier time is there. */
  readonly add: (key: ObjectKey, at: Instant) => void
  readonly cancel: (key: ObjectKey) => void
  /** Takes out all keys whose time has come, earliest first. */
  readonly due: (now: Instant) => readonly ObjectKey[]
  readonly next: () => Instant | undefined
  readonly size: () => number
}

interface Entry {
  readonly key: ObjectKey
  readonly at: Instant
}

/** A binary heap. Times that were replaced or cancelled stay in it until they come up, or until most of it is such. */
export function createWakeUps(): WakeUps {
  const times = new Map<ObjectKey, Instant>()
  let heap: Entry[] = []

  function isCurrent(entry: Entry): boolean {
    return times.get(entry.key) === entry.at
  }

  function top(): Entry | undefined {
    while (heap[0] !== undefined && !isCurrent(heap[0])) pop(heap)
    return heap[0]
  }

  return {
    add: (key, at) => {
      const known = times.get(key)
      if (known !== undefined && known <= at) return
      times.set(key, at)
      if (heap.length > 2 * times.size + 64) heap = heap.filter(isCurrent).toSorted((a, b) => a.at - b.at) // a sorted array is a heap
      push(heap, { key, at })
    },
    cancel: (key) => void times.delete(key),
    due: (now) => {
      const keys: ObjectKey[] = []
      for (let entry = top(); entry !== undefined && entry.at <= now; entry = top()) {
        times.delete(entry.key)
        keys.push(entry.key)
      }
      return keys
    },
    next: () => top()?.at,
    size: () => times.size,
  }
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent]
    if (above === undefined || above.at <= entry.at) break
    heap[at] = above
    at = parent
  }
  heap[at] = entry
}

function pop(heap: Entry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    const [a, b] = [heap[left], heap[left + 1]]
    if (a === undefined) break
    const [child, below] = b !== undefined && b.at < a.at ? [left + 1, b] : [left, a]
    if (last.at <= below.at) break
    heap[at] = below
    at = child
  }
  heap[at] = last
}
