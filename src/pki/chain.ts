import { readCertificates } from './certificate.ts'
import type { CertificateReading } from './certificate.ts'
import { encodePem, pemLimit } from './pem.ts'
import type { PemLimit } from './pem.ts'
import { isSignatureOf } from './signature.ts'
import { keyUsage } from './usages.ts'

export interface OrderedChain {
  readonly kind: 'ok'
  /** PEM: leaf first, each signed by the next, without the root. A root that stands alone is its own chain. */
  readonly chain: string
  /** PEM of the root, or of the last known issuer; undefined when a leaf stands alone. */
  readonly ca: string | undefined
  /** All of them, leaf first, the root included. */
  readonly certificates: readonly CertificateReading[]
}

export type ChainOrdering = OrderedChain | { readonly kind: 'unreadable'; readonly why: string }

/** Orders the certificates of a PEM text, whatever their order there. Duplicates are dropped; all must belong to one chain. */
export function orderChain(pem: string | Uint8Array, limits: PemLimit = pemLimit.chain): ChainOrdering {
  const reading = readCertificates(pem, limits)
  return reading.kind === 'unreadable' ? reading : orderCertificates(reading.certificates)
}

/** The same for certificates that are read already; at least one. */
export function orderCertificates(certificates: readonly CertificateReading[]): ChainOrdering {
  const ordered = join(withoutDuplicates(certificates))
  if (typeof ordered === 'string') return { kind: 'unreadable', why: ordered }
  const [leaf] = ordered
  const top = ordered.at(-1)
  if (leaf === undefined || top === undefined) return { kind: 'unreadable', why: 'there is no certificate' }

  const isRoot = isSignedBy(top, top)
  if (ordered.length === 1) return { kind: 'ok', chain: pemOf(leaf), ca: isRoot ? pemOf(leaf) : undefined, certificates: ordered }
  // RFC 5246 §7.4.2: the root may be left out, for whoever trusts it has it.
  const sent = ordered.filter((certificate) => certificate !== top || !isRoot)
  return { kind: 'ok', chain: sent.map(pemOf).join(''), ca: pemOf(top), certificates: ordered }
}

/** Whether `child` names `parent` as its issuer and `parent`, being a CA that may sign certificates, has signed it. RFC 5280 §6.1.4. */
export function isSignedBy(child: CertificateReading, parent: CertificateReading): boolean {
  return isNamedBy(child, parent) && mayIssue(parent) && isSignatureOf(child, parent.publicKey)
}

/** Signatures looked at for one chain. A real one needs a few; certificates that all share one name would need their square. */
const MAX_SIGNATURE_CHECKS = 200

function withoutDuplicates(certificates: readonly CertificateReading[]): readonly CertificateReading[] {
  const seen = new Set<string>()
  return certificates.filter(({ der }) => {
    const key = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('latin1')
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Joins pieces of chain, one certificate each at first, until one is left; else says why that cannot be. */
function join(certificates: readonly CertificateReading[]): readonly CertificateReading[] | string {
  const budget = { checks: MAX_SIGNATURE_CHECKS }
  const pieces: (readonly CertificateReading[])[] = certificates.map((certificate) => [certificate])
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    if (pieces.length === 0) return piece
    const isJoined = joinToOne(pieces, piece, budget)
    if (budget.checks < 0) return 'too many of the certificates share a name to find their order'
    if (!isJoined) return 'the certificates do not form one chain: one of them neither signs another nor is signed by one'
  }
  return 'there is no certificate'
}

/** Puts `piece` above or below the first of the others where it fits. */
function joinToOne(pieces: (readonly CertificateReading[])[], piece: readonly CertificateReading[], budget: { checks: number }): boolean {
  for (const [index, other] of pieces.entries()) {
    const longer = follows(other, piece, budget) ? [...other, ...piece] : follows(piece, other, budget) ? [...piece, ...other] : undefined
    if (longer === undefined) continue
    pieces[index] = longer
    return true
  }
  return false
}

function follows(lower: readonly CertificateReading[], upper: readonly CertificateReading[], budget: { checks: number }): boolean {
  const child = lower.at(-1)
  const [parent] = upper
  if (child === undefined || parent === undefined || !isNamedBy(child, parent)) return false
  budget.checks -= 1
  return budget.checks >= 0 && isSignedBy(child, parent)
}

function isNamedBy(child: CertificateReading, parent: CertificateReading): boolean {
  return Buffer.compare(child.rawIssuer, parent.rawSubject) === 0
}

/** RFC 5280 §4.2.1.9 and §4.2.1.3. A version 1 certificate has no extensions to say so; old roots are of that version. */
function mayIssue({ version, isCA, usages }: CertificateReading): boolean {
  return (version < 3 || isCA) && (usages.keyUsage === 0 || (usages.keyUsage & keyUsage.certSign) !== 0)
}

function pemOf({ der }: CertificateReading): string {
  return encodePem('CERTIFICATE', der)
}
