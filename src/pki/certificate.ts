import type { Instant } from '../lib/instant.ts'
import { DerReader, readBitString, readUnsigned } from './der/der-reader.ts'
import { readTime } from './der/der-time.ts'
import { contextConstructedTag, tag } from './der/der-writer.ts'
import { readExtensionContents, readExtensions } from './extensions.ts'
import type { Extension } from './extensions.ts'
import { readName } from './name.ts'
import type { Name } from './name.ts'
import { parsePem, pemLimit } from './pem.ts'
import type { PemLimit } from './pem.ts'
import { publicKeyFingerprint } from './private-key.ts'
import type { Sans } from './sans.ts'
import type { SpkiBytes } from './subject-public-key.ts'
import type { Usages } from './usages.ts'

/** What a certificate says. The byte fields are views into `der`; nobody changes them. */
export interface CertificateReading {
  /** 1 or 3. */
  readonly version: number
  /** Lowercase hex, two digits a byte, without leading zero bytes. */
  readonly serialNumber: string
  readonly subject: Name
  readonly issuer: Name
  readonly rawSubject: Uint8Array
  readonly rawIssuer: Uint8Array
  readonly notBefore: Instant
  readonly notAfter: Instant
  readonly publicKey: SpkiBytes
  readonly publicKeyFingerprint: string
  readonly sans: Sans
  readonly isCA: boolean
  /** Empty when the certificate names none. */
  readonly usages: Usages
  readonly extensions: readonly Extension[]
  readonly subjectKeyId: Uint8Array | undefined
  readonly authorityKeyId: Uint8Array | undefined
  readonly der: Uint8Array
  /** The signed part, its signature, and the DER of the AlgorithmIdentifier, to verify it. */
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
  readonly signatureAlgorithm: Uint8Array
}

export type SingleReading =
  | { readonly kind: 'ok'; readonly certificate: CertificateReading }
  | { readonly kind: 'unreadable'; readonly why: string }

export type CertificatesReading =
  | { readonly kind: 'ok'; readonly certificates: readonly CertificateReading[] }
  | { readonly kind: 'unreadable'; readonly why: string }

/** A certificate in DER, or the first one of a PEM text. Its signature is not checked. */
export function readCertificate(input: string | Uint8Array): SingleReading {
  if (typeof input !== 'string' && input[0] === tag.sequence) return readDer(input)
  const reading = readCertificates(input)
  const [certificate] = reading.kind === 'ok' ? reading.certificates : []
  if (certificate !== undefined) return { kind: 'ok', certificate }
  return { kind: 'unreadable', why: reading.kind === 'unreadable' ? reading.why : 'there is no certificate' }
}

/** Every certificate of a PEM text, in its order; at least one. Fails as a whole when one is unreadable. */
export function readCertificates(pem: string | Uint8Array, limits: PemLimit = pemLimit.bundle): CertificatesReading {
  const blocks = parsePem(pem, limits)
  if (blocks.kind === 'unreadable') return blocks

  const certificates: CertificateReading[] = []
  for (const { label, der } of blocks.blocks) {
    if (!LABELS.has(label)) return { kind: 'unreadable', why: `there is a ${label} block among the certificates` }
    const reading = readDer(der)
    if (reading.kind === 'unreadable') return reading
    certificates.push(reading.certificate)
  }
  return { kind: 'ok', certificates }
}

const LABELS: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE'])

/** RFC 5280 §4.1. */
function readDer(der: Uint8Array): SingleReading {
  const reader = DerReader.over(der)
  const outer = reader.enter(tag.sequence, 'the certificate')
  const tbs = outer.any('the certificate')
  const signatureAlgorithm = outer.any('the signature algorithm')
  const signature = readBitString(outer, 'the signature')
  outer.finish('the certificate')
  reader.finish('the certificate')

  const fields = readTbs(reader.inside(tbs.whole), signatureAlgorithm.whole)
  if (reader.why !== undefined) return { kind: 'unreadable', why: `the certificate is malformed: ${reader.why}` }
  const { publicKey } = fields
  const certificate = { ...fields, publicKeyFingerprint: publicKeyFingerprint(publicKey), der, tbs: tbs.whole, signature }
  return { kind: 'ok', certificate: { ...certificate, signatureAlgorithm: signatureAlgorithm.whole } }
}

type TbsFields = Omit<CertificateReading, 'publicKeyFingerprint' | 'der' | 'tbs' | 'signature' | 'signatureAlgorithm'>

function readTbs(reader: DerReader, outerAlgorithm: Uint8Array): TbsFields {
  const tbs = reader.enter(tag.sequence, 'the signed part')
  const version = readVersion(tbs)
  const serialNumber = readUnsigned(tbs, 'the serial number')
  // RFC 5280 §4.1.1.2: the algorithm stands inside the signed part too, and must be the same.
  if (Buffer.compare(tbs.any('the signature algorithm').whole, outerAlgorithm) !== 0) reader.fail('it names two signature algorithms')
  const issuer = tbs.any('the issuer').whole
  const validity = tbs.enter(tag.sequence, 'the validity')
  const notBefore = readTime(validity, 'notBefore')
  const notAfter = readTime(validity, 'notAfter')
  validity.finish('the validity')
  const subject = tbs.any('the subject').whole
  const publicKey = tbs.any('the public key').whole
  // issuerUniqueID and subjectUniqueID, which nobody writes any more.
  tbs.skipOptional(0x81, 'the issuerUniqueID')
  tbs.skipOptional(0x82, 'the subjectUniqueID')
  const extensions = tbs.sees(contextConstructedTag(3)) ? readExtensions(tbs.enter(contextConstructedTag(3), 'the extensions')) : []
  tbs.finish('the signed part')

  const contents = readExtensionContents(reader, extensions)
  return {
    version,
    serialNumber: Buffer.from(serialNumber).toString('hex'),
    subject: readName(reader.inside(subject), 'the subject'),
    issuer: readName(reader.inside(issuer), 'the issuer'),
    rawSubject: subject,
    rawIssuer: issuer,
    notBefore,
    notAfter,
    publicKey,
    sans: contents.sans,
    isCA: contents.isCA ?? false,
    usages: contents.usages ?? { keyUsage: 0, extended: [] },
    extensions,
    subjectKeyId: contents.subjectKeyId,
    authorityKeyId: contents.authorityKeyId,
  }
}

function readVersion(tbs: DerReader): number {
  if (!tbs.sees(contextConstructedTag(0))) return 1
  const wrapped = tbs.enter(contextConstructedTag(0), 'the version')
  const version = readUnsigned(wrapped, 'the version')
  wrapped.finish('the version')
  if (version.length !== 1 || (version[0] ?? 0) > 2) tbs.fail('the version is unknown')
  return (version[0] ?? 0) + 1
}
