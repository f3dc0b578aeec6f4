import { createHmac, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { ExternalAccountBinding } from './account.ts'
import type { AccountKey } from './account-key.ts'

/** A signed object in the flattened form that ACME wants (RFC 8555 §6.2, RFC 7515 §7.2.2). */
export interface Jws {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

export interface JwsHeader {
  readonly url: string
  readonly nonce?: string
  /** The account's URL; without it the header carries the public key. */
  readonly kid?: string
}

/** Signs `payload` off the event loop. No payload: an empty one, which is how ACME reads (POST-as-GET, RFC 8555 §6.3). */
export async function signJws(payload: object | undefined, header: JwsHeader, key: AccountKey): Promise<Jws> {
  const identity = header.kid === undefined ? { jwk: key.jwk } : {}
  const unsigned = encode(payload, { alg: key.algorithm, ...header, ...identity })
  // JWS wants the two numbers of an ECDSA signature side by side, not in DER (RFC 7518 §3.4).
  const signature = await signAsync(key.digest, signingInput(unsigned), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return { ...unsigned, signature: signature.toString('base64url') }
}

/** Binds `key` to an account that the user has at the CA (RFC 8555 §7.3.4). `url` is the newAccount URL. */
export function signExternalAccountBinding(eab: ExternalAccountBinding, url: string, key: AccountKey): Jws {
  const algorithm = eab.algorithm ?? 'HS256'
  const unsigned = encode(key.jwk, { alg: algorithm, kid: eab.keyId, url })
  const digest = `sha${algorithm.slice(2)}`
  const signature = createHmac(digest, eab.hmacKey.reveal()).update(signingInput(unsigned)).digest('base64url')
  return { ...unsigned, signature }
}

const signAsync = promisify(sign)

function encode(payload: object | undefined, header: object): Pick<Jws, 'protected' | 'payload'> {
  return { protected: base64urlJson(header), payload: payload === undefined ? '' : base64urlJson(payload) }
}

function signingInput(unsigned: Pick<Jws, 'protected' | 'payload'>): Buffer {
  return Buffer.from(`${unsigned.protected}.${unsigned.payload}`, 'ascii')
}

function base64urlJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
