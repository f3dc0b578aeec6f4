import type { KeyObject } from 'node:crypto'
import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { secrets } from '../../kube/kinds.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { parsePrivateKey, publicKeyFingerprint } from '../../pki/private-key.ts'

/** The private keys of issuances under way. Each is in a Secret; one that this process made is also kept at hand, to save reading it back twice. */
export interface NextKeys {
  readonly remember: (uid: string, key: KeyObject) => void
  /** The key with that fingerprint in the Secret of that UID. Throws `certificate/nextKeyGone` when it is not there, or no longer. */
  readonly read: (secret: PlaceOfKey, signal: AbortSignal) => Promise<KeyObject>
  readonly forget: (uid: string) => void
}

export interface PlaceOfKey extends ObjectName {
  readonly uid: string
  readonly publicKeyFingerprint: string
}

/** An issuance that waits for its CA for long does not need its key in memory. */
const MOST_AT_HAND = 256

/** Keeps the latest keys at hand. */
export function nextKeys(cluster: Pick<Cluster, 'get'>): NextKeys {
  const atHand = new Map<string, KeyObject>()
  return {
    remember: (uid, key) => {
      atHand.set(uid, key)
      const [oldest] = atHand.keys()
      if (atHand.size > MOST_AT_HAND && oldest !== undefined) atHand.delete(oldest)
    },
    read: async (place, signal) => {
      const key = atHand.get(place.uid)
      const isCurrent = key !== undefined && publicKeyFingerprint(key) === place.publicKeyFingerprint
      return isCurrent ? key : readStored(cluster, place, signal)
    },
    forget: (uid) => void atHand.delete(uid),
  }
}

async function readStored(cluster: Pick<Cluster, 'get'>, place: PlaceOfKey, signal: AbortSignal): Promise<KeyObject> {
  const { uid, publicKeyFingerprint: fingerprint, ...name } = place
  const secret = await cluster.get(secrets, name, signal)
  const reading = parsePrivateKey(Buffer.from(secret?.data?.['tls.key'] ?? '', 'base64'))
  const isThere = secret?.metadata.uid === uid && reading.kind === 'ok' && publicKeyFingerprint(reading.key) === fingerprint
  if (isThere) return reading.key
  throw new OperatorError('certificate/nextKeyGone', `the next private key is no longer in Secret ${JSON.stringify(name.name)}`)
}
