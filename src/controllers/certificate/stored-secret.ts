import { createHash, type KeyObject } from 'node:crypto'
import { annotation } from '../../crds/annotations.ts'
import { label } from '../../crds/labels.ts'
import { certificateReason } from '../../crds/reasons.ts'
import type { KubeObject, ObjectMeta } from '../../crds/resource.ts'
import type { Instant } from '../../lib/instant.ts'
import { readCertificates, type CertificateReading } from '../../pki/certificate.ts'
import { parsePem } from '../../pki/pem.ts'
import { subjectFields } from '../../pki/name.ts'
import { parsePrivateKey, publicKeyFingerprint, type KeyAlgorithm } from '../../pki/private-key.ts'
import { issuedBy, type SignerIdentity } from '../../pki/signer-identity.ts'
import { certificateAnnotations } from './secret-annotations.ts'
import { ownedFields, type ManagedFieldsEntry, type OwnedFields } from './owned-fields.ts'

/** A Secret as the cache keeps it: what decisions need, and never the private key. */
export interface StoredSecret extends KubeObject {
  readonly type: string
  /** The keys of `.data` that are not empty. */
  readonly dataKeys: readonly string[]
  /** Of `key.der` and `tls-combined.pem`, those that are not made of the key and the certificate beside them. */
  readonly wrongFormats: readonly string[]
  readonly key: StoredKey
  readonly pair: StoredPair
  readonly certificateName: string | undefined
  /** From the annotations, as they stand there. */
  readonly issuer: { readonly name: string | undefined; readonly kind: string | undefined; readonly group: string | undefined }
  /** The annotations that describe the stored certificate, as they should be; empty when it does not parse. */
  readonly certificateAnnotations: Readonly<Record<string, string>>
  /** What the field manager of issued Secrets holds. */
  readonly owned: OwnedFields
}

/** What `tls.key` holds, without the key itself. */
export type StoredKey =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | ({ readonly kind: 'ok'; readonly publicKeyFingerprint: string } & KeyKind)

export interface KeyKind {
  readonly algorithm: KeyAlgorithm | 'other'
  readonly size: number
}

export type StoredPair =
  | { readonly kind: 'incomplete'; readonly why: string }
  | { readonly kind: 'broken'; readonly reason: string; readonly why: string }
  | ({ readonly kind: 'ok' } & KeyPair)

export interface KeyPair {
  readonly leaf: StoredLeaf
  readonly key: KeyKind
  readonly publicKeyFingerprint: string
  /** SHA-256 of `tls.crt`, to tell whether it is the chain of a request. */
  readonly chainFingerprint: string
}

export interface StoredLeaf {
  readonly notBefore: Instant
  readonly notAfter: Instant
  readonly issuedBy: SignerIdentity
  readonly commonName: string
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly uris: readonly string[]
  readonly emailAddresses: readonly string[]
  /** Hexadecimal. */
  readonly serialNumber: string
  /** Hexadecimal; undefined: it does not say which key signed it. */
  readonly authorityKeyId: string | undefined
}

/** A Secret as the API server sends it. */
export interface RawSecret extends KubeObject {
  readonly metadata: ObjectMeta & { readonly managedFields?: readonly ManagedFieldsEntry[] }
  readonly type?: string
  readonly data?: Readonly<Record<string, string>>
}

/** Reduces a Secret to what is kept. Never throws: what a user can write into a Secret is a value. */
export function storedSecret(raw: RawSecret): StoredSecret {
  const data = raw.data ?? {}
  const { managedFields, ...metadata } = raw.metadata
  const kept = raw.metadata.annotations ?? {}
  const isTarget = metadata.labels?.[label.nextPrivateKey] !== 'true'
  const chain = decoded(data['tls.crt'])
  const leaf = chain === undefined ? undefined : firstCertificate(chain)
  const key = storedKey(decoded(data['tls.key']))
  return {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: withoutLastApplied(metadata),
    type: raw.type ?? 'Opaque',
    dataKeys: Object.keys(data).filter((key) => data[key] !== ''),
    wrongFormats: wrongFormats(data),
    key,
    pair: storedPair(key, chain, leaf),
    certificateName: kept[annotation.certificateName],
    issuer: { name: kept[annotation.issuerName], kind: kept[annotation.issuerKind], group: kept[annotation.issuerGroup] },
    certificateAnnotations: isTarget && leaf?.kind === 'ok' ? certificateAnnotations(leaf.certificate) : {},
    owned: ownedFields(managedFields ?? []),
  }
}

/** kubectl's copy of the whole object holds the private key too, so it must not stay in the cache. */
function withoutLastApplied(metadata: ObjectMeta): ObjectMeta {
  if (metadata.annotations?.[LAST_APPLIED] === undefined) return metadata
  const { [LAST_APPLIED]: _, ...rest } = metadata.annotations
  return { ...metadata, annotations: rest }
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** The extra forms of the key pair (`additionalOutputFormats`) follow from it, so that a change of one is an accident. */
function wrongFormats(data: Readonly<Record<string, string>>): readonly string[] {
  if (data['key.der'] === undefined && data['tls-combined.pem'] === undefined) return []
  const key = decoded(data['tls.key']) ?? Buffer.alloc(0)
  const chain = decoded(data['tls.crt']) ?? Buffer.alloc(0)
  const pem = parsePem(key)
  const expected: Readonly<Record<string, Uint8Array>> = {
    'key.der': pem.kind === 'ok' ? (pem.blocks[0]?.der ?? new Uint8Array()) : new Uint8Array(),
    'tls-combined.pem': Buffer.concat([key, Buffer.from('\n'), chain]),
  }
  return Object.entries(expected)
    .filter(([name, content]) => data[name] !== undefined && !Buffer.from(data[name], 'base64').equals(content))
    .map(([name]) => name)
}

type LeafReading = { readonly kind: 'ok'; readonly certificate: CertificateReading } | { readonly kind: 'unreadable'; readonly why: string }

function storedKey(pem: Buffer | undefined): StoredKey {
  if (pem === undefined) return { kind: 'none' }
  const reading = parsePrivateKey(pem)
  if (reading.kind === 'unreadable') return reading
  return { kind: 'ok', publicKeyFingerprint: publicKeyFingerprint(reading.key), ...keyKind(reading.key) }
}

function storedPair(key: StoredKey, chain: Buffer | undefined, leaf: LeafReading | undefined): StoredPair {
  if (key.kind === 'none') return { kind: 'incomplete', why: 'holds no private key (tls.key)' }
  if (chain === undefined || leaf === undefined) return { kind: 'incomplete', why: 'holds no certificate (tls.crt)' }
  if (key.kind === 'unreadable')
    return { kind: 'broken', reason: certificateReason.invalidKeyPair, why: `holds a private key that does not parse: ${key.why}` }
  if (leaf.kind === 'unreadable')
    return { kind: 'broken', reason: certificateReason.invalidCertificate, why: `holds a certificate that does not parse: ${leaf.why}` }
  if (key.publicKeyFingerprint !== leaf.certificate.publicKeyFingerprint) {
    return { kind: 'broken', reason: certificateReason.invalidKeyPair, why: 'holds a private key that does not belong to its certificate' }
  }
  return {
    kind: 'ok',
    leaf: storedLeaf(leaf.certificate),
    key: { algorithm: key.algorithm, size: key.size },
    publicKeyFingerprint: key.publicKeyFingerprint,
    chainFingerprint: fingerprintOf(chain),
  }
}

function storedLeaf(certificate: CertificateReading): StoredLeaf {
  const { dnsNames, ipAddresses, uris, emailAddresses } = certificate.sans
  const { notBefore, notAfter, serialNumber } = certificate
  const { commonName } = subjectFields(certificate.subject)
  const authorityKeyId = certificate.authorityKeyId === undefined ? undefined : Buffer.from(certificate.authorityKeyId).toString('hex')
  const issuer = issuedBy(certificate)
  return { notBefore, notAfter, serialNumber, authorityKeyId, issuedBy: issuer, commonName, dnsNames, ipAddresses, uris, emailAddresses }
}

/** The first certificate of `tls.crt`; the rest of the chain must parse too, or clients could not use it. */
function firstCertificate(chain: Buffer): LeafReading {
  const reading = readCertificates(chain)
  if (reading.kind === 'unreadable') return reading
  const [certificate] = reading.certificates
  return certificate === undefined ? { kind: 'unreadable', why: 'no certificate in it' } : { kind: 'ok', certificate }
}

const curveSize: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 }

function keyKind(key: KeyObject): KeyKind {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: 'RSA', size: modulusLength ?? 0 }
    case 'ec':
      return { algorithm: 'ECDSA', size: curveSize[namedCurve ?? ''] ?? 0 }
    case 'ed25519':
      return { algorithm: 'Ed25519', size: 0 }
    default:
      return { algorithm: 'other', size: 0 }
  }
}

function decoded(base64: string | undefined): Buffer | undefined {
  return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64')
}

/** Hex SHA-256 of a PEM chain. */
export function fingerprintOf(pem: string | Uint8Array): string {
  return createHash('sha256').update(pem).digest('hex')
}
