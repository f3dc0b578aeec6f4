import type { KeyObject } from 'node:crypto'
import { label } from '../../crds/labels.ts'
import { certificateEvent } from '../../crds/reasons.ts'
import { secrets } from '../../kube/kinds.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { encodePrivateKey, generatePrivateKey, parsePrivateKey } from '../../pki/private-key.ts'
import { FIELD_MANAGER, type CertificateEffects } from './effects.ts'
import { controllerOf } from './controller-reference.ts'
import { secretNameOf } from './observe.ts'
import type { World } from './world.ts'

/**
 * Puts the key of this issuance into a Secret of its own, before any CSR leaves the process: whatever happens then, the
 * key of a certificate that was obtained is there. A Secret that is there already was seen too late: the next look decides.
 */
export async function createNextKey(
  { cluster, events, nextKeys }: CertificateEffects,
  action: { readonly secretName: string; readonly from: 'new' | 'stored' },
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const { certificate, wanted } = world
  const key = action.from === 'new' ? await generatePrivateKey(wanted.key) : await storedKey(cluster, world, signal)
  const secret = {
    metadata: {
      ...secretNameOf(certificate),
      name: action.secretName,
      labels: { [label.nextPrivateKey]: 'true', [label.managedSecret]: 'true' },
      ownerReferences: [controllerOf(certificate)],
    },
    type: 'Opaque',
    data: { 'tls.key': Buffer.from(encodePrivateKey(key, 'PKCS8').reveal()).toString('base64') },
  }
  const created = await cluster.create(secrets, secret, { fieldManager: FIELD_MANAGER }, signal)
  if (created.metadata.uid !== undefined) nextKeys.remember(created.metadata.uid, key)
  const message =
    action.from === 'new'
      ? `Stored new private key in temporary Secret resource ${JSON.stringify(action.secretName)}`
      : `Reusing the private key of Secret ${JSON.stringify(certificate.spec.secretName)}`
  events.record(certificate, {
    type: 'Normal',
    reason: action.from === 'new' ? certificateEvent.generated : certificateEvent.reused,
    message,
  })
}

/** The key in the target Secret. Throws when it is no longer there or no longer parses: the next look decides anew. */
async function storedKey(cluster: CertificateEffects['cluster'], { certificate }: World, signal: AbortSignal): Promise<KeyObject> {
  const secret = await cluster.get(secrets, secretNameOf(certificate), signal)
  const reading = parsePrivateKey(Buffer.from(secret?.data?.['tls.key'] ?? '', 'base64'))
  if (reading.kind === 'unreadable')
    throw new OperatorError('certificate/storedKeyGone', 'the private key to be reused is no longer in the Secret')
  return reading.key
}
