import type { KubeObject } from '../../crds/resource.ts'
import { keyOf, type ObjectKey } from '../../runtime/object-key.ts'
import type { Notice, Refusal } from './world.ts'

/** What this process keeps in mind about one object: neither an Ingress nor a Gateway has a place for it that is ours. */
export interface Memory {
  /** What Events have said and still holds. */
  readonly told: readonly Notice[]
  readonly refusals: readonly Refusal[]
}

export interface Memories {
  readonly of: (object: KubeObject) => Memory
  readonly remember: (object: KubeObject, more: Partial<Memory>) => void
  readonly forget: (key: ObjectKey) => void
}

const NOTHING: Memory = { told: [], refusals: [] }

/** Empty memories. An object made anew under the same name is another. */
export function createMemories(): Memories {
  const memories = new Map<ObjectKey, Memory & { readonly uid: string | undefined }>()
  const of = ({ metadata }: KubeObject): Memory => {
    const memory = memories.get(keyOf(metadata))
    return memory?.uid === metadata.uid ? (memory ?? NOTHING) : NOTHING
  }
  return {
    of,
    remember: (object, more) => void memories.set(keyOf(object.metadata), { ...of(object), ...more, uid: object.metadata.uid }),
    forget: (key) => void memories.delete(key),
  }
}
