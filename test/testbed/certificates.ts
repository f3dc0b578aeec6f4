import 'reflect-metadata'
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { JsonGeneralName, X509Certificate } from '@peculiar/x509'

/** A private key and its certificate, both PEM. */
export interface PemKeyPair {
  readonly certificate: string
  readonly privateKey: string
}

export interface Authority {
  /** PEM of the CA certificate. */
  readonly certificate: string
  /** PEM of its key, for programs that are to sign with it. */
  readonly privateKey: string
  /** Signs a certificate for both sides of TLS. `names` are DNS names or IP addresses. */
  readonly sign: (subject: string, names?: readonly string[]) => Promise<PemKeyPair>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const lifetimeMs = 10 * 365 * 86_400_000

/** A new CA that exists only for one testbed. */
export async function newAuthority(commonName: string): Promise<Authority> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      ...validity(),
      name: `CN=${commonName}`,
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    webcrypto,
  )
  const privateKey = await pemOfKey(keys.privateKey)
  return { certificate: pemOf(certificate), privateKey, sign: (subject, names = []) => signLeaf({ certificate, keys }, subject, names) }
}

/** A P-256 key pair for ServiceAccount tokens, as PKCS #8 and SPKI PEM. */
export function newTokenKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

async function signLeaf(
  issuer: { readonly certificate: X509Certificate; readonly keys: webcrypto.CryptoKeyPair },
  subject: string,
  names: readonly string[],
): Promise<PemKeyPair> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.create(
    {
      ...validity(),
      subject,
      issuer: issuer.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: issuer.keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names.map(generalName))]),
      ],
    },
    webcrypto,
  )
  return { certificate: pemOf(certificate), privateKey: await pemOfKey(keys.privateKey) }
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
}

/** With the newline at the end that every other program writes (RFC 7468 §3). */
function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function validity(): { serialNumber: string; notBefore: Date; notAfter: Date } {
  const now = Date.now()
  // An hour back, so that a clock that is set forward and back does not invalidate what was just made.
  return {
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + lifetimeMs),
  }
}

function generalName(name: string): JsonGeneralName {
  return /^[\d.]+$/.test(name) ? { type: 'ip', value: name } : { type: 'dns', value: name }
}
