import { toRfc3339, type Instant } from '../../lib/instant.ts'
import type { CertificateReading } from '../../pki/certificate.ts'
import type { CsrReading } from '../../pki/csr.ts'

/**
 * Why the certificate that a CA gives out is not the one that was ordered; undefined: it is. More names than were asked for do no harm. A CA
 * that errs so would do it again at once, so that this is the end of the order.
 */
export function leafProblem(leaf: CertificateReading, csr: CsrReading, now: Instant): string | undefined {
  if (leaf.publicKeyFingerprint !== csr.publicKeyFingerprint) return 'is for another key than the one in the CSR'
  const missing = namesOf(csr).filter((name) => !namesOf(leaf).includes(name))
  if (missing.length > 0) return `is not for ${missing.slice(0, MOST_NAMED).join(', ')}${missing.length > MOST_NAMED ? ' and more' : ''}`
  return leaf.notAfter < now ? `had expired at ${toRfc3339(leaf.notAfter)}` : undefined
}

const MOST_NAMED = 5

function namesOf({ sans }: Pick<CertificateReading, 'sans'>): readonly string[] {
  return [...sans.dnsNames.map((name) => name.toLowerCase()), ...sans.ipAddresses]
}
