import type { ObjectName } from '../../crds/resource.ts'

/** Gives what is read from a Secret, read again only when the Secret has changed. */
export type SecretReadings<T> = (name: ObjectName, signal: AbortSignal) => Promise<T>

export interface ReadingRules<T> {
  /** The resourceVersion of a Secret as the cache has it; undefined: not cached, so read live. */
  readonly versionOf: (name: ObjectName) => string | undefined
  readonly read: SecretReadings<T>
  /** Whether a reading is kept; one that is not is read anew each time. */
  readonly isKept: (reading: T) => boolean
}

interface Entry<T> {
  readonly version: string
  readonly reading: T
}

const MOST_ENTRIES = 200

/** Remembers readings of Secrets by their resourceVersion. */
export function secretReadings<T>({ versionOf, read, isKept }: ReadingRules<T>): SecretReadings<T> {
  const entries = new Map<string, Entry<T>>()
  return async (name, signal) => {
    const key = `${name.namespace ?? ''}/${name.name}`
    const version = versionOf(name)
    const known = entries.get(key)
    if (known !== undefined && known.version === version) return known.reading
    const reading = await read(name, signal)
    entries.delete(key)
    if (version !== undefined && isKept(reading)) remember(entries, key, { version, reading })
    return reading
  }
}

function remember<T>(entries: Map<string, Entry<T>>, key: string, entry: Entry<T>): void {
  entries.set(key, entry)
  const [oldest] = entries.keys()
  if (entries.size > MOST_ENTRIES && oldest !== undefined) entries.delete(oldest)
}
