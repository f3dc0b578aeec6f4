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
    ...whereGiven(annotation.emailSans, toCsv(sans.emailAddresses)),
    ...whereGiven(annotation.subjectSerialNumber, subject.serialNumber),
    ...whereGiven(annotation.subjectOrganizations, toCsv(subject.organizations)),
    ...whereGiven(annotation.subjectOrganizationalUnits, toCsv(subject.organizationalUnits)),
    ...whereGiven(annotation.subjectCountries, toCsv(subject.countries)),
    ...whereGiven(annotation.subjectProvinces, toCsv(subject.provinces)),
    ...whereGiven(annotation.subjectLocalities, toCsv(subject.localities)),
    ...whereGiven(annotation.subjectPostalCodes, toCsv(subject.postalCodes)),
    ...whereGiven(annotation.subjectStreetAddresses, toCsv(subject.streetAddresses)),
  }
}

function whereGiven(key: string, value: string): Readonly<Record<string, string>> {
  return value === '' ? {} : { [key]: value }
}
