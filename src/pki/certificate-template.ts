import type { Instant } from '../lib/instant.ts'
import { plus } from '../lib/instant.ts'
import type { CsrReading } from './csr.ts'
import type { Extension } from './extensions.ts'
import type { Name } from './name.ts'
import type { NameConstraints } from './name-constraints.ts'
import { extensionOid } from './oids.ts'
import type { Sans } from './sans.ts'
import type { SpkiBytes } from './subject-public-key.ts'
import { mustBeApproved, usageNames } from './usages.ts'
import type { Usages } from './usages.ts'

/** What `signCertificate` puts into a certificate. */
export interface CertificateTemplate {
  /** A name, or its DER, copied as it is. */
  readonly subject: Name | Uint8Array
  readonly publicKey: SpkiBytes
  /** Both rounded down to whole seconds. */
  readonly notBefore: Instant
  readonly notAfter: Instant
  readonly isCA: boolean
  readonly usages: Usages
  /** Names, or the SAN extension of a CSR, whose value is copied as it is. */
  readonly sans?: Partial<Sans> | Extension | undefined
  readonly nameConstraints?: NameConstraints | undefined
  readonly crlDistributionPoints?: readonly string[] | undefined
  readonly ocspServers?: readonly string[] | undefined
  readonly issuingCertificateURLs?: readonly string[] | undefined
  /** Any others, as they are. */
  readonly otherExtensions?: readonly Extension[] | undefined
  /** Big-endian and positive, at most 20 bytes; left out: 128 random bits. */
  readonly serialNumber?: Uint8Array | undefined
}

/** What was approved: the fields of the CertificateRequest, `duration` in milliseconds. */
export interface Approved {
  readonly now: Instant
  readonly duration: number
  readonly isCA: boolean
  readonly usages: Usages
}

/**
 * The template for an approved request. Refused when the CSR asks for other usages, or for another `isCA`, than the
 * CertificateRequest that was approved. EKUs of the CSR that nobody need approve are kept, as cert-manager does.
 */
export function certificateTemplateFromCsr(
  csr: CsrReading,
  approved: Approved,
): { readonly kind: 'ok'; readonly template: CertificateTemplate } | { readonly kind: 'refused'; readonly why: string } {
  if (csr.isCA !== undefined && csr.isCA !== approved.isCA) {
    return { kind: 'refused', why: `the CSR asks for isCA: ${csr.isCA}, but the request says isCA: ${approved.isCA}` }
  }
  const { known, unknown } = sorted(csr.usages?.extended ?? [])
  const asked = csr.usages === undefined ? undefined : { ...csr.usages, extended: known }
  if (asked !== undefined && !isSameUsages(asked, approved.usages)) {
    return { kind: 'refused', why: `the CSR asks for the usages ${listed(asked)}, but the request for ${listed(approved.usages)}` }
  }
  const template = {
    subject: csr.rawSubject,
    publicKey: csr.publicKey,
    notBefore: approved.now,
    notAfter: plus(approved.now, approved.duration),
    isCA: approved.isCA,
    usages: { keyUsage: approved.usages.keyUsage, extended: [...approved.usages.extended, ...unknown] },
    sans: csr.extensions.find(({ oid }) => oid === extensionOid.subjectAltName),
    nameConstraints: csr.nameConstraints,
  }
  return { kind: 'ok', template }
}

function sorted(extended: readonly string[]): { readonly known: readonly string[]; readonly unknown: readonly string[] } {
  return { known: extended.filter(mustBeApproved), unknown: extended.filter((oid) => !mustBeApproved(oid)) }
}

function isSameUsages(a: Usages, b: Usages): boolean {
  return a.keyUsage === b.keyUsage && new Set(a.extended).symmetricDifference(new Set(b.extended)).size === 0
}

function listed(usages: Usages): string {
  const nameless = usages.extended.filter((oid) => usageNames({ keyUsage: 0, extended: [oid] }).length === 0)
  return `[${[...usageNames(usages), ...nameless].join(', ')}]`
}
