import type { KeyObject } from 'node:crypto'

import { OperatorError } from '../lib/operator-error.ts'
import { DerReader, readBitString, readUnsigned } from './der/der-reader.ts'
import { bitString, contextConstructedTag, element, sequence, setOf, smallInteger, tag } from './der/der-writer.ts'
import { encodeOid, oid, readOid } from './der/object-identifier.ts'
import { basicConstraints, encodeExtensions, readExtensionContents, readExtensions, usageExtensions } from './extensions.ts'
import type { Extension } from './extensions.ts'
import { encodeName, readName } from './name.ts'
import type { Name } from './name.ts'
import { encodeNameConstraints, nameConstraintsProblem, readNameConstraints } from './name-constraints.ts'
import type { NameConstraints } from './name-constraints.ts'
import { attributeOid, extensionOid, extensionRequestOid } from './oids.ts'
import { encodePem, parsePem, pemLimit } from './pem.ts'
import type { PemLimit } from './pem.ts'
import { publicKeyFingerprint } from './private-key.ts'
import { encodeSans, sansProblem } from './sans.ts'
import type { Sans } from './sans.ts'
import { agreesWithKey, algorithmIdentifier, isSignatureOf, signatureAlgorithmFor, signBytes } from './signature.ts'
import type { SignatureAlgorithm } from './signature.ts'
import { publicKeyOf, spkiOf } from './subject-public-key.ts'
import type { SpkiBytes } from './subject-public-key.ts'
import { uriProblem } from './uri.ts'
import type { Usages } from './usages.ts'

export interface CsrTemplate {
  readonly subject: Name
  readonly sans: Partial<Sans>
  /** Left out: the CSR asks for none. */
  readonly usages?: Usages | undefined
  /** Left out: the CSR has no BasicConstraints. */
  readonly isCA?: boolean | undefined
  readonly nameConstraints?: NameConstraints | undefined
  /** Left out: by the key. */
  readonly signatureAlgorithm?: SignatureAlgorithm | undefined
}

/** What a CSR asks for. The byte fields are views into `der`. */
export interface CsrReading {
  readonly subject: Name
  readonly rawSubject: Uint8Array
  readonly publicKey: SpkiBytes
  readonly publicKeyFingerprint: string
  readonly sans: Sans
  /** undefined: the CSR has no BasicConstraints. */
  readonly isCA: boolean | undefined
  /** undefined: the CSR asks for none. */
  readonly usages: Usages | undefined
  readonly nameConstraints: NameConstraints | undefined
  readonly extensions: readonly Extension[]
  readonly der: Uint8Array
}

/** Why `createCsr` would refuse this template, in a sentence for the user; undefined: it would not. Pure. */
export function csrTemplateProblem(template: CsrTemplate): string | undefined {
  const { sans } = template
  const isNameless = [sans.dnsNames, sans.ipAddresses, sans.uris, sans.emailAddresses, sans.otherNames].every(
    (names) => (names ?? []).length === 0,
  )
  const hasCommonName = template.subject.flat().some(({ type, value }) => type === attributeOid.CN && value !== '')
  if (isNameless && !hasCommonName) return 'there is neither a common name nor a subject alternative name'

  const attribute = template.subject.flat().find(({ type }) => encodeOid(type) === undefined)
  if (attribute !== undefined) return `the subject attribute type ${JSON.stringify(attribute.type)} is not an object identifier`
  return sansProblem(sans) ?? (template.nameConstraints === undefined ? undefined : nameConstraintsProblem(template.nameConstraints))
}

/**
 * A signed PKCS #10 request (RFC 2986) as PEM. Throws `pki/badTemplate` where `csrTemplateProblem` has a sentence, and
 * `pki/unsupportedKey` when the key makes no signature of the algorithm.
 */
export async function createCsr(template: CsrTemplate, key: KeyObject): Promise<string> {
  const problem = csrTemplateProblem(template)
  if (problem !== undefined) throw new OperatorError('pki/badTemplate', problem, { retry: { kind: 'never' } })
  const algorithm = template.signatureAlgorithm ?? signatureAlgorithmFor(key)
  if (algorithm === undefined || !agreesWithKey(algorithm, key)) {
    const why =
      algorithm === undefined ? 'the private key is of no supported type and size' : `the private key makes no ${algorithm} signatures`
    throw new OperatorError('pki/unsupportedKey', why, { retry: { kind: 'never' } })
  }

  const subject = encodeName(template.subject)
  const tbs = sequence(smallInteger(0), subject, spkiOf(key), encodeAttributes(requestedExtensions(template)))
  const signature = await signBytes(tbs, key, algorithm)
  return encodePem('CERTIFICATE REQUEST', sequence(tbs, algorithmIdentifier(algorithm), bitString(signature)))
}

export type CsrParsing = { readonly kind: 'ok'; readonly csr: CsrReading } | { readonly kind: 'unreadable'; readonly why: string }

/** Reads the first block of a PEM text as a CSR and checks that its own key signed it. */
export function readCsr(pem: string | Uint8Array, limits: PemLimit = pemLimit.certificate): CsrParsing {
  const blocks = parsePem(pem, limits)
  if (blocks.kind === 'unreadable') return blocks
  const [block] = blocks.blocks
  if (block === undefined || !LABELS.has(block.label))
    return { kind: 'unreadable', why: `the first block is ${block?.label ?? 'missing'}, not a CSR` }

  const { der } = block
  const reader = DerReader.over(der)
  const outer = reader.enter(tag.sequence, 'the CSR')
  const tbs = outer.any('the CSR').whole
  const signatureAlgorithm = outer.any('the signature algorithm').whole
  const signature = readBitString(outer, 'the signature')
  outer.finish('the CSR')
  reader.finish('the CSR')
  const fields = readTbs(reader.inside(tbs))
  if (reader.why !== undefined) return { kind: 'unreadable', why: `the CSR is malformed: ${reader.why}` }

  const uri = fields.sans.uris.find((text) => uriProblem(text) !== undefined)
  if (uri !== undefined) return { kind: 'unreadable', why: `${JSON.stringify(uri)} is not a URI: ${uriProblem(uri) ?? ''}` }
  if (publicKeyOf(fields.publicKey) === undefined) return { kind: 'unreadable', why: 'the public key of the CSR is not supported' }
  if (!isSignatureOf({ tbs, signature, signatureAlgorithm }, fields.publicKey)) {
    return { kind: 'unreadable', why: 'the signature of the CSR is not that of its key' }
  }
  return { kind: 'ok', csr: { ...fields, publicKeyFingerprint: publicKeyFingerprint(fields.publicKey), der } }
}

const LABELS: ReadonlySet<string> = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'])

/** In cert-manager's order. RFC 5280 §4.2.1.6: the SAN is critical when it stands in for an empty subject. */
function requestedExtensions(template: CsrTemplate): readonly Extension[] {
  const sans = encodeSans(template.sans)
  const constraints = template.nameConstraints === undefined ? undefined : encodeNameConstraints(template.nameConstraints)
  return [
    ...(sans === undefined ? [] : [{ oid: extensionOid.subjectAltName, critical: template.subject.length === 0, value: sans }]),
    ...(template.usages === undefined ? [] : usageExtensions(template.usages)),
    ...(template.isCA === undefined ? [] : [basicConstraints(template.isCA)]),
    ...(constraints === undefined
      ? []
      : [{ oid: extensionOid.nameConstraints, critical: template.nameConstraints?.critical ?? false, value: constraints }]),
  ]
}

/** RFC 2986 §4.1: the attributes are always there, even if none. */
function encodeAttributes(extensions: readonly Extension[]): Uint8Array {
  if (extensions.length === 0) return element(contextConstructedTag(0))
  return element(contextConstructedTag(0), sequence(oid(extensionRequestOid), setOf([encodeExtensions(extensions)])))
}

function readTbs(reader: DerReader): Omit<CsrReading, 'publicKeyFingerprint' | 'der'> {
  const tbs = reader.enter(tag.sequence, 'the signed part')
  const version = readUnsigned(tbs, 'the version')
  if (version.length !== 1 || version[0] !== 0) reader.fail('the version is unknown')
  const rawSubject = tbs.any('the subject').whole
  const publicKey = tbs.any('the public key').whole
  // Some old tools leave the attributes out altogether.
  const extensions = tbs.sees(contextConstructedTag(0)) ? readAttributes(tbs.enter(contextConstructedTag(0), 'the attributes')) : []
  tbs.finish('the signed part')

  const { sans, isCA, usages } = readExtensionContents(reader, extensions)
  const constraints = extensions.find((extension) => extension.oid === extensionOid.nameConstraints)
  return {
    subject: readName(reader.inside(rawSubject), 'the subject'),
    rawSubject,
    publicKey,
    sans,
    isCA,
    usages,
    nameConstraints: constraints === undefined ? undefined : readNameConstraints(reader.inside(constraints.value), constraints),
    extensions,
  }
}

function readAttributes(attributes: DerReader): readonly Extension[] {
  let extensions: readonly Extension[] | undefined
  while (!attributes.atEnd) {
    const attribute = attributes.enter(tag.sequence, 'an attribute')
    if (readOid(attribute, 'an attribute') !== extensionRequestOid) continue
    const values = attribute.enter(tag.set, 'the requested extensions')
    if (extensions !== undefined) attributes.fail('it asks for extensions twice')
    extensions = readExtensions(values)
    values.finish('the requested extensions')
  }
  return extensions ?? []
}
