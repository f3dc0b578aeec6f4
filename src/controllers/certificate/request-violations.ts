import type { CertificateSpec } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { sameMembers } from '../../lib/same-members.ts'
import { canonicalIp } from '../../pki/sans.ts'
import type { CsrReading } from '../../pki/csr.ts'
import { encodeName, subjectFields } from '../../pki/name.ts'
import { parseDistinguishedName } from '../../pki/distinguished-name.ts'
import type { Wanted } from './wanted.ts'

/**
 * The fields of a Certificate's spec that a request no longer agrees with. Fields that the incumbent does not compare
 * (signature algorithm, key encoding, name constraints, whether usages are in the CSR) are not compared here either:
 * an edit of one of them must not reissue a whole cluster after a migration.
 */
export function requestViolations(
  made: { readonly request: CertificateRequest; readonly csr: CsrReading },
  spec: CertificateSpec,
  wanted: Wanted,
): readonly string[] {
  return [...sanViolations(made.csr, spec), ...subjectViolations(made.csr, spec), ...requestFieldViolations(made.request, spec, wanted)]
}

function sanViolations({ sans }: CsrReading, spec: CertificateSpec): readonly string[] {
  return differing([
    ['spec.ipAddresses', sameMembers(sans.ipAddresses, (spec.ipAddresses ?? []).map(canonicalIp))],
    ['spec.uris', sameMembers(sans.uris, spec.uris ?? [])],
    ['spec.emailAddresses', sameMembers(sans.emailAddresses, spec.emailAddresses ?? [])],
    ['spec.dnsNames', sameMembers(sans.dnsNames, spec.dnsNames ?? [])],
    [
      'spec.otherNames',
      spec.otherNames === undefined || sameMembers(sans.otherNames.map(otherNameText), spec.otherNames.map(otherNameText)),
    ],
  ])
}

function otherNameText(name: { readonly oid?: string; readonly utf8Value?: string }): string {
  return `${name.oid ?? ''}=${name.utf8Value ?? ''}`
}

function subjectViolations(csr: CsrReading, spec: CertificateSpec): readonly string[] {
  if (spec.literalSubject !== undefined && spec.literalSubject !== '') return literalSubjectViolations(csr, spec.literalSubject)
  const is = subjectFields(csr.subject)
  const wanted = spec.subject ?? {}
  return differing([
    ['spec.commonName', is.commonName === (spec.commonName ?? '')],
    ['spec.subject.serialNumber', is.serialNumber === (wanted.serialNumber ?? '')],
    ['spec.subject.organizations', sameMembers(is.organizations, wanted.organizations ?? [])],
    ['spec.subject.countries', sameMembers(is.countries, wanted.countries ?? [])],
    ['spec.subject.localities', sameMembers(is.localities, wanted.localities ?? [])],
    ['spec.subject.organizationalUnits', sameMembers(is.organizationalUnits, wanted.organizationalUnits ?? [])],
    ['spec.subject.postalCodes', sameMembers(is.postalCodes, wanted.postalCodes ?? [])],
    ['spec.subject.provinces', sameMembers(is.provinces, wanted.provinces ?? [])],
    ['spec.subject.streetAddresses', sameMembers(is.streetAddresses, wanted.streetAddresses ?? [])],
  ])
}

function literalSubjectViolations(csr: CsrReading, literalSubject: string): readonly string[] {
  const reading = parseDistinguishedName(literalSubject)
  const isSame = reading.kind === 'ok' && Buffer.compare(csr.rawSubject, encodeName(reading.name)) === 0
  return isSame ? [] : ['spec.literalSubject']
}

function requestFieldViolations(request: CertificateRequest, spec: CertificateSpec, wanted: Wanted): readonly string[] {
  const { issuerRef, isCA, usages, duration } = request.spec
  const isSameIssuer =
    issuerRef.name === wanted.issuer.name &&
    (issuerRef.kind || 'Issuer') === wanted.issuer.kind &&
    (issuerRef.group || 'cert-manager.io') === wanted.issuer.group
  return differing([
    ['spec.isCA', (isCA ?? false) === (spec.isCA ?? false)],
    ['spec.usages', sameMembers(usages ?? [], spec.usages ?? [])],
    ['spec.duration', isSameDuration(duration, spec.duration)],
    ['spec.issuerRef', isSameIssuer],
  ])
}

/** Only compared when both give one, as the incumbent does. */
function isSameDuration(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || parseGoDuration(a) === parseGoDuration(b)
}

function differing(fields: readonly (readonly [field: string, isSame: boolean])[]): readonly string[] {
  return fields.filter(([, isSame]) => !isSame).map(([field]) => field)
}
