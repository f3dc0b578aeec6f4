import type { ExternalAccountBinding } from '../../acme/account.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import { secrets } from '../../kube/kinds.ts'
import { Redacted } from '../../lib/redacted.ts'
import { resourceNamespace } from '../resource-namespace.ts'
import type { AnyIssuer } from '../signer.ts'
import type { AccountKeyDeps } from './account-key.ts'

export type EabKey =
  | { readonly kind: 'ok'; readonly eab: ExternalAccountBinding | undefined }
  | { readonly kind: 'unreadable'; readonly why: string }

/** The external account binding of an issuer, its key read past the cache; `eab` is undefined when the issuer asks for none. */
export async function readEabKey(issuer: AnyIssuer, acme: AcmeIssuer, deps: AccountKeyDeps, signal: AbortSignal): Promise<EabKey> {
  const binding = acme.externalAccountBinding
  if (binding === undefined) return { kind: 'ok', eab: undefined }

  const { name, key = '' } = binding.keySecretRef
  const secret = await deps.cluster.get(secrets, { namespace: resourceNamespace(issuer, deps.clusterResourceNamespace), name }, signal)
  if (secret === undefined) return { kind: 'unreadable', why: `Secret ${name} with the external account binding key does not exist` }
  const encoded = secret.data?.[key]
  if (encoded === undefined) return { kind: 'unreadable', why: `Secret ${name} has no key ${key} with the external account binding key` }

  const hmacKey = decode(Buffer.from(encoded, 'base64').toString('latin1'))
  if (hmacKey === undefined)
    return { kind: 'unreadable', why: `Secret ${name}, key ${key}: the external account binding key is not base64url` }
  const algorithm = binding.keyAlgorithm === undefined ? {} : { algorithm: binding.keyAlgorithm }
  return { kind: 'ok', eab: { keyId: binding.keyID, hmacKey: new Redacted(hmacKey), ...algorithm } }
}

/** CAs hand the key out as base64url; many users paste it with padding, a line break, or in the other alphabet. */
function decode(text: string): Buffer | undefined {
  const base64 = text.trim().replace(/=+$/, '')
  return /^[A-Za-z0-9_+/-]+$/.test(base64) ? Buffer.from(base64, 'base64') : undefined
}
