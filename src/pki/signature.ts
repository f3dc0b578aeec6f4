import { constants, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

import { DerReader } from './der/der-reader.ts'
import { derNull, sequence, tag } from './der/der-writer.ts'
import { oid, readOid } from './der/object-identifier.ts'
import { publicKeyOf } from './subject-public-key.ts'
import type { SpkiBytes } from './subject-public-key.ts'

/** The signature algorithms of the API, under its names. */
export type SignatureAlgorithm =
  | 'SHA256WithRSA'
  | 'SHA384WithRSA'
  | 'SHA512WithRSA'
  | 'ECDSAWithSHA256'
  | 'ECDSAWithSHA384'
  | 'ECDSAWithSHA512'
  | 'PureEd25519'

/** Something signed: the bytes, and the AlgorithmIdentifier and signature that stand beside them. */
export interface Signed {
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
  /** DER of the AlgorithmIdentifier. */
  readonly signatureAlgorithm: Uint8Array
}

/** The algorithm that cert-manager signs with for this key; undefined when it would not: RSA below 2048 bits, another curve or type. */
export function signatureAlgorithmFor(key: KeyObject): SignatureAlgorithm | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa': {
      const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
      if (bits < 2048) return undefined
      return bits >= 4096 ? 'SHA512WithRSA' : bits >= 3072 ? 'SHA384WithRSA' : 'SHA256WithRSA'
    }
    case 'ec':
      return EC_ALGORITHMS.get(key.asymmetricKeyDetails?.namedCurve ?? '')
    case 'ed25519':
      return 'PureEd25519'
    default:
      return undefined
  }
}

/** Whether keys of this type make signatures of this algorithm. */
export function agreesWithKey(algorithm: SignatureAlgorithm, key: KeyObject): boolean {
  return SCHEMES[algorithm].keyType === key.asymmetricKeyType
}

/** The DER of the AlgorithmIdentifier. RSA has NULL parameters (RFC 4055 §5), the others none (RFC 5758 §3.2, RFC 8410 §3). */
export function algorithmIdentifier(algorithm: SignatureAlgorithm): Uint8Array {
  const { oid: dotted, keyType } = SCHEMES[algorithm]
  return keyType === 'rsa' ? sequence(oid(dotted), derNull) : sequence(oid(dotted))
}

/** Signs `tbs`, slow algorithms on a libuv thread. Throws what node:crypto throws when key and algorithm disagree. */
export async function signBytes(tbs: Uint8Array, key: KeyObject, algorithm: SignatureAlgorithm): Promise<Uint8Array> {
  const { digest } = SCHEMES[algorithm]
  const isFast = key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return isFast ? sign(digest, tbs, key) : await signOnThread(digest, tbs, key)
}

/** Whether the signature is this key's. False for algorithms that Go refuses too: SHA-1, MD5, DSA. */
export function isSignatureOf(signed: Signed, publicKey: SpkiBytes): boolean {
  const scheme = schemeOf(signed.signatureAlgorithm)
  const key = publicKeyOf(publicKey)
  if (scheme === undefined || key === undefined || key.asymmetricKeyType !== scheme.keyType) return false
  try {
    const options = scheme.saltLength === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }
    return verify(scheme.digest, signed.tbs, { key, ...options }, signed.signature)
  } catch {
    return false
  }
}

interface Scheme {
  readonly oid: string
  readonly keyType: 'rsa' | 'ec' | 'ed25519'
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  /** Of RSASSA-PSS, in bytes. */
  readonly saltLength?: number
}

const SCHEMES: Readonly<Record<SignatureAlgorithm, Scheme>> = {
  SHA256WithRSA: { oid: '1.2.840.113549.1.1.11', keyType: 'rsa', digest: 'sha256' },
  SHA384WithRSA: { oid: '1.2.840.113549.1.1.12', keyType: 'rsa', digest: 'sha384' },
  SHA512WithRSA: { oid: '1.2.840.113549.1.1.13', keyType: 'rsa', digest: 'sha512' },
  ECDSAWithSHA256: { oid: '1.2.840.10045.4.3.2', keyType: 'ec', digest: 'sha256' },
  ECDSAWithSHA384: { oid: '1.2.840.10045.4.3.3', keyType: 'ec', digest: 'sha384' },
  ECDSAWithSHA512: { oid: '1.2.840.10045.4.3.4', keyType: 'ec', digest: 'sha512' },
  PureEd25519: { oid: '1.3.101.112', keyType: 'ed25519', digest: null },
}

const SCHEMES_BY_OID: ReadonlyMap<string, Scheme> = new Map(Object.values(SCHEMES).map((scheme) => [scheme.oid, scheme]))

const PSS_OID = '1.2.840.113549.1.1.10'

/** RSASSA-PSS as public CAs use it: the salt as long as the digest; the digest's OID is the first in the parameters, RFC 4055 §3.1. */
const PSS_SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['2.16.840.1.101.3.4.2.1', { oid: PSS_OID, keyType: 'rsa', digest: 'sha256', saltLength: 32 }],
  ['2.16.840.1.101.3.4.2.2', { oid: PSS_OID, keyType: 'rsa', digest: 'sha384', saltLength: 48 }],
  ['2.16.840.1.101.3.4.2.3', { oid: PSS_OID, keyType: 'rsa', digest: 'sha512', saltLength: 64 }],
])

const EC_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['prime256v1', 'ECDSAWithSHA256'],
  ['secp384r1', 'ECDSAWithSHA384'],
  ['secp521r1', 'ECDSAWithSHA512'],
])

function signOnThread(digest: string | null, tbs: Uint8Array, key: KeyObject): Promise<Uint8Array> {
  return promisify<string | null, Uint8Array, KeyObject, Uint8Array>(sign)(digest, tbs, key)
}

function schemeOf(identifier: Uint8Array): Scheme | undefined {
  const fields = DerReader.over(identifier).enter(tag.sequence, 'the signature algorithm')
  const type = readOid(fields, 'the signature algorithm')
  return type === PSS_OID ? PSS_SCHEMES.get(pssDigest(fields)) : SCHEMES_BY_OID.get(type)
}

/** A digest or salt that differs from the scheme's fails the verification itself, so the first OID is enough. */
function pssDigest(parameters: DerReader): string {
  const digest = parameters.enter(tag.sequence, 'the PSS parameters').enter(0xa0, 'the PSS digest').enter(tag.sequence, 'the PSS digest')
  return readOid(digest, 'the PSS digest')
}
