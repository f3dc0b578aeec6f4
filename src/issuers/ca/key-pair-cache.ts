import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { readCaKeyPair, type CaKeyPairReading } from './key-pair.ts'

/** Gives the key pair of a CA, read again only when its Secret has changed. */
export type CaKeyPairs = (name: ObjectName, signal: AbortSignal) => Promise<CaKeyPairReading>

interface Entry {
  readonly version: string
  readonly reading: CaKeyPairReading
}

const MOST_ENTRIES = 200

/** `versionOf` tells the resourceVersion of a Secret as the cache has it; undefined: not cached, so read live. */
export function caKeyPairCache(cluster: Pick<Cluster, 'get'>, versionOf: (name: ObjectName) => string | undefined): CaKeyPairs {
  const entries = new Map<string, Entry>()
  return async (name, signal) => {
    const key = `${name.namespace ?? ''}/${name.name}`
    const version = versionOf(name)
    const known = entries.get(key)
    if (version !== undefined && known?.version === version) return known.reading
    const reading = await readCaKeyPair(cluster, name, signal)
    entries.delete(key)
    if (version !== undefined && reading.kind === 'ok') remember(entries, key, { version, reading })
    return reading
  }
}

function remember(entries: Map<string, Entry>, key: string, entry: Entry): void {
  entries.set(key, entry)
  const [oldest] = entries.keys()
  if (entries.size > MOST_ENTRIES && oldest !== undefined) entries.delete(oldest)
}
