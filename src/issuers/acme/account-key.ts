import { createHash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import type { Secret } from '../../kube/kinds.ts'
import { secrets } from '../../kube/kinds.ts'
import { encodePrivateKey, generatePrivateKey, parsePrivateKey } from '../../pki/private-key.ts'
import { resourceNamespace } from '../resource-namespace.ts'
import type { AnyIssuer } from '../signer.ts'

export interface AccountKeyDeps {
  readonly cluster: Cluster
  /** Where the Secrets of ClusterIssuers are. */
  readonly clusterResourceNamespace: string
}

export type AccountKey =
  | { readonly kind: 'ok'; readonly key: KeyObject; readonly resourceVersion: string }
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
  // RSA with 2048 bits because cert-manager accepts nothing but RSA: after a rollback the account must still be usable.
  const key = await generatePrivateKey({ algorithm: 'RSA', size: 2048 })
  const pem = encodePrivateKey(key, 'PKCS1').reveal()
  const metadata = accountKeySecret(issuer, acme, deps.clusterResourceNamespace)
  const secret = { metadata, type: 'Opaque', data: { [keyName(acme)]: Buffer.from(pem).toString('base64') } }
  try {
    return keyIn(await deps.cluster.create(secrets, secret, { fieldManager: FIELD_MANAGER }, signal), acme)
  } catch (error) {
    if (isKubeApiError(error, 'AlreadyExists')) return readAccountKey(issuer, acme, deps, signal)
    throw error
  }
}

/** What `status.acme.lastPrivateKeyHash` holds: base64 SHA-256 of the PKCS #1 DER for RSA, as cert-manager computes it; of the SEC 1 DER for EC. */
export function accountKeyHash(key: KeyObject): string {
  const der = key.asymmetricKeyType === 'rsa' ? key.export({ type: 'pkcs1', format: 'der' }) : key.export({ type: 'sec1', format: 'der' })
  return createHash('sha256').update(der).digest('base64')
}

function keyIn(secret: Secret, acme: AcmeIssuer): AccountKey {
  const encoded = secret.data?.[keyName(acme)]
  const where = `Secret ${secret.metadata.name}, key ${keyName(acme)}`
  if (encoded === undefined) return { kind: 'unreadable', why: `${where}: there is no such key in the Secret` }
  const reading = parsePrivateKey(Buffer.from(encoded, 'base64'))
  if (reading.kind === 'unreadable') return { kind: 'unreadable', why: `${where}: ${reading.why}` }
  if (reading.key.asymmetricKeyType !== 'rsa' && reading.key.asymmetricKeyType !== 'ec') {
    return { kind: 'unreadable', why: `${where}: an ACME account key is RSA or ECDSA` }
  }
  return { kind: 'ok', key: reading.key, resourceVersion: secret.metadata.resourceVersion ?? '' }
}

function keyName(acme: AcmeIssuer): string {
  const { key } = acme.privateKeySecretRef
  return key === undefined || key === '' ? DEFAULT_KEY : key
}
