import { earliest, type Instant } from '../lib/instant.ts'
import { readCertificates, type CertificateReading } from './certificate.ts'
import { encodePem, parsePem } from './pem.ts'

export interface CaBundle {
  /** PEM; empty when all have expired. */
  readonly pem: string
  /** When the first of them expires. */
  readonly expiresAt: Instant | undefined
}

/**
 * The earlier CAs that have not expired, in their order, and then those of `added` that were not among them: while servers change from
 * one CA to the next, clients must trust both.
 */
export function mergedCaBundle(earlier: readonly CertificateReading[], added: readonly CertificateReading[], now: Instant): CaBundle {
  const wanted = valid(added, now)
  const kept = latestThatFit(valid(earlier, now), sizeOf(wanted))
  const merged = unique([...kept, ...wanted])
  return { pem: merged.map(pemOf).join(''), expiresAt: earliest(...merged.map(({ notAfter }) => notAfter)) }
}

/** The certificates of a bundle that somebody wrote; what cannot be read in it nobody could trust either, so it is left out. */
export function legibleCertificates(bundle: Uint8Array): readonly CertificateReading[] {
  const pem = parsePem(bundle)
  if (pem.kind === 'unreadable') return []
  return pem.blocks.flatMap(({ label, der }) => {
    const reading = readCertificates(encodePem(label, der))
    return reading.kind === 'ok' ? reading.certificates : []
  })
}

/**
 * An object may hold many bundles and has 1.5 MiB for all of them (etcd). A CA that is replaced every hour would fill that, and then
 * nothing could be injected any more.
 */
const MOST_BYTES = 65_536

function latestThatFit(certificates: readonly CertificateReading[], taken: number): readonly CertificateReading[] {
  let bytes = taken
  const first = certificates.findLastIndex((certificate) => (bytes += sizeOf([certificate])) > MOST_BYTES)
  return certificates.slice(first + 1)
}

function valid(certificates: readonly CertificateReading[], now: Instant): readonly CertificateReading[] {
  return unique(certificates.filter(({ notAfter }) => now <= notAfter))
}

function unique(certificates: readonly CertificateReading[]): readonly CertificateReading[] {
  return [...new Map(certificates.map((certificate) => [Buffer.from(certificate.der).toString('latin1'), certificate])).values()]
}

function sizeOf(certificates: readonly CertificateReading[]): number {
  return certificates.reduce((bytes, certificate) => bytes + pemOf(certificate).length, 0)
}

function pemOf({ der }: CertificateReading): string {
  return encodePem('CERTIFICATE', der)
}
