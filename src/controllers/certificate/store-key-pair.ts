import { certificateEvent, certificateReason } from '../../crds/reasons.ts'
import { KubeApiError } from '../../kube/kube-api-error.ts'
import { secrets, type Secret } from '../../kube/kinds.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { readCertificates } from '../../pki/certificate.ts'
import { parsePrivateKey, publicKeyFingerprint, encodePrivateKey } from '../../pki/private-key.ts'
import type { CertificateEffects } from './effects.ts'
import type { KeySecret } from './action.ts'
import { controllerOf } from './controller-reference.ts'
import { secretNameOf } from './observe.ts'
import { ISSUED_SECRET_MANAGER } from './owned-fields.ts'
import { certificateAnnotations } from './secret-annotations.ts'
import { secretData, type IssuedKeyPair } from './secret-data.ts'
import { secretAnnotations, secretLabels } from './secret-metadata.ts'
import { signTemporary } from './sign-temporary.ts'
import { noIssuer } from './temporary.ts'
import type { World } from './world.ts'

/** Puts what a request brought, and the key it was asked for with, into the target Secret. */
export async function storeKeyPair(
  effects: CertificateEffects,
  action: { readonly requestName: string; readonly key: KeySecret },
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const { certificate, wanted } = world
  const request = effects.requests.get({ ...secretNameOf(certificate), name: action.requestName })
  const key = await effects.nextKeys.read({ ...secretNameOf(certificate), ...action.key }, signal)
  const pair: IssuedKeyPair = {
    key: encodePrivateKey(key, wanted.keyEncoding),
    chain: textOf(request?.status?.certificate),
    ca: textOf(request?.status?.ca),
  }
  assertBelongTogether(pair, publicKeyFingerprint(key))
  await applySecret(effects, world, pair, signal)
}

/** Fills the Secret until the issuer has signed: with the key of the issuance, and a certificate that nobody trusts. */
export async function storeTemporary(
  effects: CertificateEffects,
  action: { readonly key: KeySecret },
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const { certificate, wanted } = world
  const key = await effects.nextKeys.read({ ...secretNameOf(certificate), ...action.key }, signal)
  const chain = await signTemporary(certificate.spec, key, { now: effects.clock.now(), duration: wanted.duration })
  const pair = { key: encodePrivateKey(key, wanted.keyEncoding), chain, ca: '' }
  assertBelongTogether(pair, publicKeyFingerprint(key))
  await applySecret(effects, world, { ...pair, issuer: noIssuer }, signal)
  effects.events.record(certificate, { type: 'Normal', reason: certificateEvent.issuing, message: 'Stored a temporary certificate' })
}

/** Writes the Secret of a good key pair anew, so that its metadata and extra forms are as the Certificate asks for. */
export async function repairSecret(effects: CertificateEffects, world: World, signal: AbortSignal): Promise<void> {
  const secret = await effects.cluster.get(secrets, secretNameOf(world.certificate), signal)
  const key = parsePrivateKey(Buffer.from(secret?.data?.['tls.key'] ?? '', 'base64'))
  if (key.kind === 'unreadable') throw new OperatorError('certificate/storedKeyGone', 'the Secret lost its private key meanwhile')
  const pair: IssuedKeyPair = {
    key: encodePrivateKey(key.key, world.wanted.keyEncoding),
    chain: textOf(secret?.data?.['tls.crt']),
    ca: textOf(secret?.data?.['ca.crt']),
  }
  assertBelongTogether(pair, publicKeyFingerprint(key.key))
  await applySecret(effects, world, pair, signal)
}

/** The last look before a user's Secret is written: a key beside another key's certificate would break what is served now. */
function assertBelongTogether(pair: IssuedKeyPair, fingerprint: string): void {
  const reading = readCertificates(pair.chain)
  if (reading.kind === 'unreadable' || reading.certificates[0]?.publicKeyFingerprint !== fingerprint) {
    throw new OperatorError('certificate/keyPairMismatch', 'the certificate and the private key changed while they were being stored')
  }
}

interface PairToStore extends IssuedKeyPair {
  /** Where it is from; left out: from the issuer that the spec names. */
  readonly issuer?: { readonly name: string }
}

/**
 * Server-side apply of exactly our fields: keys and labels of others stay, those that we stop sending are dropped.
 * The type of a Secret cannot change, so that of one already there is kept.
 */
async function applySecret({ cluster, events }: CertificateEffects, world: World, pair: PairToStore, signal: AbortSignal): Promise<void> {
  const { certificate, stored, settings } = world
  const data = await secretData({ cluster, events }, certificate, pair, signal)
  const secret: Omit<Secret, 'apiVersion' | 'kind'> = {
    metadata: {
      ...secretNameOf(certificate),
      labels: secretLabels(certificate),
      annotations: secretAnnotations(certificate, describing(pair), pair.issuer),
      ...(settings.ownsSecret ? { ownerReferences: [controllerOf(certificate)] } : {}),
    },
    type: stored?.type ?? 'kubernetes.io/tls',
    data,
  }
  try {
    await cluster.apply(secrets, secret, { fieldManager: ISSUED_SECRET_MANAGER, force: true }, signal)
  } catch (error) {
    if (isRefusal(error)) {
      const message = `The certificate is there, but its Secret cannot be written: ${error.message}`
      events.record(certificate, { type: 'Warning', reason: certificateReason.failed, message })
    }
    throw error
  }
}

/** An immutable Secret, a quota, an admission policy: only people can help, so they are told. */
export function isRefusal(error: unknown): error is KubeApiError {
  return error instanceof KubeApiError && [403, 413, 422].includes(error.status)
}

function describing(pair: IssuedKeyPair): Readonly<Record<string, string>> {
  const reading = readCertificates(pair.chain)
  const leaf = reading.kind === 'ok' ? reading.certificates[0] : undefined
  return leaf === undefined ? {} : certificateAnnotations(leaf)
}

function textOf(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString()
}
