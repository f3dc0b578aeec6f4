import { createHash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { ownAnnotation } from '../../crds/annotations.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { KubeObject, ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import type { Secret } from '../../kube/kinds.ts'
import { secrets } from '../../kube/kinds.ts'
import { encodePrivateKey, generatePrivateKey, parsePrivateKey, type PrivateKeyReading } from '../../pki/private-key.ts'
import { resourceNamespace } from '../resource-namespace.ts'
import type { AnyIssuer } from '../signer.ts'
import { rotationsAfter } from './key-rotations.ts'

export interface AccountKeyDeps {
  readonly cluster: Cluster
  /** Where the Secrets of ClusterIssuers are. */
  readonly clusterResourceNamespace: string
}

export type AccountKey =
  | {
      readonly kind: 'ok'
      readonly key: KeyObject
      /** The key that is about to take its place; undefined: none is. */
      readonly next: KeyObject | undefined
      /** Nobody can have an account for it yet. */
      readonly isNew: boolean
      /** Without the keys. */
      readonly secret: KubeObject
    }
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'unreadable'; readonly why: string }

const DEFAULT_KEY = 'tls.key'
const FIELD_MANAGER = 'certwright'

/** The Secret that holds the account key of an ACME issuer. */
export function accountKeySecret(issuer: AnyIssuer, acme: AcmeIssuer, clusterResourceNamespace: string): ObjectName {
  return { namespace: resourceNamespace(issuer, clusterResourceNamespace), name: acme.privateKeySecretRef.name }
}

/** Reads the account key past the cache. */
export async function readAccountKey(issuer: AnyIssuer, acme: AcmeIssuer, deps: AccountKeyDeps, signal: AbortSignal): Promise<AccountKey> {
  const name = accountKeySecret(issuer, acme, deps.clusterResourceNamespace)
  const secret = await deps.cluster.get(secrets, name, signal)
  return secret === undefined ? { kind: 'missing', why: `Secret ${name.name} with the account key does not exist` } : keyIn(secret, acme)
}

/** Makes an account key and stores it. If somebody was faster, their key is the one. */
export async function createAccountKey(
  issuer: AnyIssuer,
  acme: AcmeIssuer,
  deps: AccountKeyDeps,
  signal: AbortSignal,
): Promise<AccountKey> {
  const data = await newAccountKey(issuer)
  const metadata = accountKeySecret(issuer, acme, deps.clusterResourceNamespace)
  const annotations = rotationsAfter({}, issuer)
  const secret = { metadata: { ...metadata, annotations }, type: 'Opaque', data: { [accountKeyName(acme)]: data } }
  try {
    return keyIn(await deps.cluster.create(secrets, secret, { fieldManager: FIELD_MANAGER }, signal), acme, { isNew: true })
  } catch (error) {
    if (isKubeApiError(error, 'AlreadyExists')) return readAccountKey(issuer, acme, deps, signal)
    throw error
  }
}

/**
 * A new account key as a value in a Secret. RSA with 2048 bits unless the issuer says otherwise, because cert-manager accepts nothing but
 * RSA: after a rollback the account must still be usable.
 */
export async function newAccountKey({ metadata }: AnyIssuer): Promise<string> {
  const isEcdsa = metadata.annotations?.[ownAnnotation.accountKeyAlgorithm] === 'ES256'
  const key = await generatePrivateKey(isEcdsa ? { algorithm: 'ECDSA', size: 256 } : { algorithm: 'RSA', size: 2048 })
  return Buffer.from(encodePrivateKey(key, 'PKCS1').reveal()).toString('base64')
}

/** What `status.acme.lastPrivateKeyHash` holds: base64 SHA-256 of the PKCS #1 DER for RSA, as cert-manager computes it; of the SEC 1 DER for EC. */
export function accountKeyHash(key: KeyObject): string {
  const der = key.asymmetricKeyType === 'rsa' ? key.export({ type: 'pkcs1', format: 'der' }) : key.export({ type: 'sec1', format: 'der' })
  return createHash('sha256').update(der).digest('base64')
}

function keyIn({ data, ...secret }: Secret, acme: AcmeIssuer, { isNew } = { isNew: false }): AccountKey {
  const current = read(data?.[accountKeyName(acme)])
  if (current.kind === 'unreadable') {
    return { kind: 'unreadable', why: `Secret ${secret.metadata.name}, key ${accountKeyName(acme)}: ${current.why}` }
  }
  const next = read(data?.[nextAccountKeyName(acme)])
  return { kind: 'ok', key: current.key, next: next.kind === 'ok' ? next.key : undefined, isNew, secret }
}

function read(encoded: string | undefined): PrivateKeyReading {
  if (encoded === undefined) return { kind: 'unreadable', why: 'there is no such key in the Secret' }
  const reading = parsePrivateKey(Buffer.from(encoded, 'base64'))
  if (reading.kind === 'unreadable') return reading
  const { asymmetricKeyType: type } = reading.key
  return type === 'rsa' || type === 'ec' ? reading : { kind: 'unreadable', why: 'an ACME account key is RSA or ECDSA' }
}

/** Under which key of its Secret the account key is. */
export function accountKeyName(acme: AcmeIssuer): string {
  const { key } = acme.privateKeySecretRef
  return key === undefined || key === '' ? DEFAULT_KEY : key
}

/** Under which key of the same Secret the one is that takes its place. */
export function nextAccountKeyName(acme: AcmeIssuer): string {
  return `${accountKeyName(acme)}.next`
}
