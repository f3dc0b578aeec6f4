import type { KeyObject } from 'node:crypto'
import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { secrets } from '../../kube/kinds.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { parsePrivateKey } from '../../pki/private-key.ts'

/** The private keys of issuances under way. Each is in a Secret; one that this process made is also kept at hand, to save reading it back twice. */
export interface NextKeys {
  readonly remember: (uid: string, key: KeyObject) => void
  /** The key in a Secret of that UID. Throws `certificate/nextKeyGone` when the Secret is gone, is another one, or holds no key. */
  readonly read: (secret: ObjectName & { readonly uid: string }, signal: AbortSignal) => Promise<KeyObject>
  readonly forget: (uid: string) => void
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
    read: async ({ uid, ...name }, signal) => atHand.get(uid) ?? readStored(cluster, { uid, ...name }, signal),
    forget: (uid) => void atHand.delete(uid),
  }
}

async function readStored(
  cluster: Pick<Cluster, 'get'>,
  { uid, ...name }: ObjectName & { readonly uid: string },
  signal: AbortSignal,
): Promise<KeyObject> {
  const secret = await cluster.get(secrets, name, signal)
  const reading = parsePrivateKey(Buffer.from(secret?.data?.['tls.key'] ?? '', 'base64'))
  if (secret?.metadata.uid === uid && reading.kind === 'ok') return reading.key
  throw new OperatorError('certificate/nextKeyGone', `the next private key is no longer in Secret ${JSON.stringify(name.name)}`)
}
