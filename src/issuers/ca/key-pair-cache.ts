import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { readCaKeyPair, type CaKeyPairReading } from './key-pair.ts'
import { secretReadings, type SecretReadings } from './secret-readings.ts'

/** Gives the key pair of a CA, read again only when its Secret has changed. */
export type CaKeyPairs = SecretReadings<CaKeyPairReading>

/** `versionOf` tells the resourceVersion of a Secret as the cache has it; undefined: not cached, so read live. */
export function caKeyPairCache(cluster: Pick<Cluster, 'get'>, versionOf: (name: ObjectName) => string | undefined): CaKeyPairs {
  return secretReadings({
    versionOf,
    read: (name, signal) => readCaKeyPair(cluster, name, signal),
    isKept: ({ kind }) => kind === 'ok',
  })
}
