import { createHash, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A private key that may sign ACME requests, with what goes into the header beside the signature. */
export interface AccountKey {
  readonly privateKey: KeyObject
  readonly algorithm: 'RS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA'
  /** The digest that `algorithm` names; Ed25519 has its own. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | undefined
  /** The public key, with only the members that RFC 7638 hashes, in their order. */
  readonly jwk: Readonly<Record<string, string>>
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string
}

export type ParsedAccountKey = { readonly kind: 'ok'; readonly key: AccountKey } | { readonly kind: 'unreadable'; readonly why: string }

/** Judges a key that a user stored: RSA, EC on a NIST curve, or Ed25519. Which of these the CA takes, the CA says. */
export function parseAccountKey(privateKey: KeyObject): ParsedAccountKey {
  if (privateKey.type !== 'private') return { kind: 'unreadable', why: `a ${privateKey.type} key cannot sign` }
  const scheme = schemeOf(privateKey)
  if (scheme === undefined) {
    return { kind: 'unreadable', why: `a key of type ${privateKey.asymmetricKeyType ?? 'unknown'} cannot be an ACME account key` }
  }
  const jwk = publicJwk(privateKey)
  return { kind: 'ok', key: { privateKey, ...scheme, jwk, thumbprint: thumbprintOf(jwk) } }
}

function schemeOf(key: KeyObject): Pick<AccountKey, 'algorithm' | 'digest'> | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: 'RS256', digest: 'sha256' }
    case 'ed25519':
      return { algorithm: 'EdDSA', digest: undefined }
    case 'ec':
      return ecSchemes[key.asymmetricKeyDetails?.namedCurve ?? '']
    default:
      return undefined
  }
}

const ecSchemes: Readonly<Record<string, Pick<AccountKey, 'algorithm' | 'digest'>>> = {
  prime256v1: { algorithm: 'ES256', digest: 'sha256' },
  secp384r1: { algorithm: 'ES384', digest: 'sha384' },
  secp521r1: { algorithm: 'ES512', digest: 'sha512' },
}

function publicJwk(privateKey: KeyObject): Readonly<Record<string, string>> {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
  // RFC 7638 §3.2 names the members that identify a key; §3.3 wants them in lexical order.
  const members = ['crv', 'e', 'kty', 'n', 'x', 'y'] as const
  return Object.fromEntries(members.flatMap((name) => (typeof jwk[name] === 'string' ? [[name, jwk[name]]] : [])))
}

function thumbprintOf(jwk: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
}
