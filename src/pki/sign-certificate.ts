import { createHash, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { OperatorError } from '../lib/operator-error.ts'
import type { CertificateReading } from './certificate.ts'
import type { CertificateTemplate } from './certificate-template.ts'
import { encodeTime } from './der/der-time.ts'
import { bitString, contextConstructedTag, element, sequence, smallInteger, unsignedInteger } from './der/der-writer.ts'
import {
  authorityInfoAccess,
  authorityKeyId,
  basicConstraints,
  crlDistributionPoints,
  encodeExtensions,
  subjectKeyId,
  usageExtensions,
} from './extensions.ts'
import type { Extension } from './extensions.ts'
import { encodeName, isEmptyName } from './name.ts'
import { encodeNameConstraints } from './name-constraints.ts'
import { extensionOid } from './oids.ts'
import { encodePem } from './pem.ts'
import { publicKeyFingerprint } from './private-key.ts'
import { encodeSans } from './sans.ts'
import { algorithmIdentifier, signatureAlgorithmFor, signBytes } from './signature.ts'
import { canonicalSpki, subjectPublicKey } from './subject-public-key.ts'

/** Who signs: a CA's key and certificate, or a key alone, which signs itself. */
export interface CertificateSigner {
  readonly key: KeyObject
  readonly certificate?: CertificateReading | undefined
}

/**
 * A signed X.509 v3 certificate (RFC 5280 §4) as PEM; self-signed when the signer has no certificate. Throws `pki/keyMismatch` when
 * the key is not that of the signer's certificate (or of the template, self-signed), `pki/unsupportedKey` when it cannot sign.
 */
export async function signCertificate(template: CertificateTemplate, signer: CertificateSigner): Promise<string> {
  const algorithm = signatureAlgorithmFor(signer.key)
  if (algorithm === undefined) throw refusal('pki/unsupportedKey', 'the key of the signer is of no supported type and size')
  const verifiedBy = signer.certificate?.publicKeyFingerprint ?? publicKeyFingerprint(template.publicKey)
  if (publicKeyFingerprint(signer.key) !== verifiedBy)
    throw refusal('pki/keyMismatch', 'the private key of the signer is not that of its certificate')

  const subject = template.subject instanceof Uint8Array ? template.subject : encodeName(template.subject)
  const issuer = signer.certificate?.rawSubject ?? subject
  const identifier = algorithmIdentifier(algorithm)
  const tbs = sequence(
    element(contextConstructedTag(0), smallInteger(VERSION_3)),
    unsignedInteger(template.serialNumber ?? randomSerialNumber()),
    identifier,
    issuer,
    sequence(encodeTime(template.notBefore), encodeTime(template.notAfter)),
    subject,
    canonicalSpki(template.publicKey),
    element(contextConstructedTag(3), encodeExtensions(extensionsOf(template, { subject, issuer, signer }))),
  )
  const signature = await signBytes(tbs, signer.key, algorithm)
  return encodePem('CERTIFICATE', sequence(tbs, identifier, bitString(signature)))
}

const VERSION_3 = 2

interface Parties {
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
  readonly signer: CertificateSigner
}

/** In Go's order, so that a certificate of ours and one of cert-manager's differ in nothing but the moment. */
function extensionsOf(template: CertificateTemplate, { subject, issuer, signer }: Parties): readonly Extension[] {
  // A key identifier only where the names differ: a self-signed certificate needs none, RFC 5280 §4.2.1.1.
  const issuerKeyId = Buffer.compare(issuer, subject) === 0 ? undefined : signer.certificate?.subjectKeyId
  const constraints = template.nameConstraints === undefined ? undefined : encodeNameConstraints(template.nameConstraints)
  const { ocspServers = [], issuingCertificateURLs = [], crlDistributionPoints: crls = [] } = template
  return [
    ...usageExtensions(template.usages),
    basicConstraints(template.isCA),
    ...(template.isCA ? [subjectKeyId(keyIdOf(template.publicKey))] : []),
    ...(issuerKeyId === undefined || issuerKeyId.length === 0 ? [] : [authorityKeyId(issuerKeyId)]),
    ...(ocspServers.length + issuingCertificateURLs.length === 0 ? [] : [authorityInfoAccess(ocspServers, issuingCertificateURLs)]),
    ...(constraints === undefined
      ? []
      : [{ oid: extensionOid.nameConstraints, critical: template.nameConstraints?.critical ?? false, value: constraints }]),
    ...(crls.length === 0 ? [] : [crlDistributionPoints(crls)]),
    ...sanExtension(template, subject),
    ...(template.otherExtensions ?? []),
  ]
}

/** RFC 5280 §4.2.1.6: critical exactly when the subject is empty, whatever the CSR said. */
function sanExtension({ sans }: CertificateTemplate, subject: Uint8Array): readonly Extension[] {
  if (sans === undefined) return []
  const value = 'value' in sans ? sans.value : encodeSans(sans)
  return value === undefined ? [] : [{ oid: extensionOid.subjectAltName, critical: isEmptyName(subject), value }]
}

/** RFC 7093 §2 method 1: the leftmost 160 bits of the SHA-256 of the public key. */
function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return createHash('sha256')
    .update(subjectPublicKey(canonicalSpki(publicKey)))
    .digest()
    .subarray(0, 20)
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets; the baseline requirements ask for 64 random bits. */
function randomSerialNumber(): Uint8Array {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return serial
}

function refusal(code: string, message: string): OperatorError {
  return new OperatorError(code, message, { retry: { kind: 'never' } })
}
