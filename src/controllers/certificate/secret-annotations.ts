import { annotation } from '../../crds/annotations.ts'
import { toCsv } from '../../lib/csv.ts'
import type { CertificateReading } from '../../pki/certificate.ts'
import { subjectFields } from '../../pki/name.ts'

/** The annotations that tell what the certificate in a Secret says. Four of them are there even when empty; clients read them so. */
export function certificateAnnotations(certificate: CertificateReading): Readonly<Record<string, string>> {
  const subject = subjectFields(certificate.subject)
  const { sans } = certificate
  return {
    [annotation.commonName]: subject.commonName,
    [annotation.altNames]: toCsv(sans.dnsNames),
    [annotation.ipSans]: toCsv(sans.ipAddresses),
    [annotation.uriSans]: toCsv(sans.uris),
    ...whereGiven(annotation.emailSans, sans.emailAddresses),
    ...(subject.serialNumber === '' ? {} : { [annotation.subjectSerialNumber]: subject.serialNumber }),
    ...whereGiven(annotation.subjectOrganizations, subject.organizations),
    ...whereGiven(annotation.subjectOrganizationalUnits, subject.organizationalUnits),
    ...whereGiven(annotation.subjectCountries, subject.countries),
    ...whereGiven(annotation.subjectProvinces, subject.provinces),
    ...whereGiven(annotation.subjectLocalities, subject.localities),
    ...whereGiven(annotation.subjectPostalCodes, subject.postalCodes),
    ...whereGiven(annotation.subjectStreetAddresses, subject.streetAddresses),
  }
}

/** One value that is empty is a value. */
function whereGiven(key: string, values: readonly string[]): Readonly<Record<string, string>> {
  return values.length === 0 ? {} : { [key]: toCsv(values) }
}
