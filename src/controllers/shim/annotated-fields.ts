import { annotation } from '../../crds/annotations.ts'
import type { CertificateSpec } from '../../crds/certificate.ts'
import { formatGoDuration, parseGoDuration } from '../../lib/go-duration.ts'
import { HOUR, MINUTE } from '../../lib/instant.ts'
import { parseCsv } from '../../lib/csv.ts'
import { parseIpAddress } from '../../pki/ip-address.ts'
import { usagesOf } from '../../pki/usages.ts'
import { bad, ok, quoted, readAnnotations, type AnnotationReader, type Reading } from './annotation-readers.ts'
import { readSecretTemplate } from './secret-template.ts'

/** What annotations say about every Certificate of an object. */
export interface AnnotatedFields extends Pick<
  CertificateSpec,
  | 'commonName'
  | 'emailAddresses'
  | 'subject'
  | 'duration'
  | 'renewBefore'
  | 'renewBeforePercentage'
  | 'usages'
  | 'revisionHistoryLimit'
  | 'privateKey'
  | 'secretTemplate'
> {
  /** To be added to the hosts. */
  readonly altNames: readonly string[]
  readonly ipSans: readonly string[]
}

export type FieldsReading =
  | { readonly kind: 'ok'; readonly fields: AnnotatedFields }
  /** All that is wrong, in one sentence. */
  | { readonly kind: 'bad'; readonly why: string }

const subjectReaders = {
  organizations: { key: annotation.subjectOrganizations, read: csv },
  organizationalUnits: { key: annotation.subjectOrganizationalUnits, read: csv },
  countries: { key: annotation.subjectCountries, read: csv },
  provinces: { key: annotation.subjectProvinces, read: csv },
  localities: { key: annotation.subjectLocalities, read: csv },
  postalCodes: { key: annotation.subjectPostalCodes, read: csv },
  streetAddresses: { key: annotation.subjectStreetAddresses, read: csv },
  serialNumber: { key: annotation.subjectSerialNumber, read: (text: string): Reading<string> => ok(text) },
}

const keyReaders = {
  algorithm: { key: annotation.privateKeyAlgorithm, read: oneOf(['RSA', 'ECDSA', 'Ed25519']) },
  encoding: { key: annotation.privateKeyEncoding, read: oneOf(['PKCS1', 'PKCS8']) },
  size: { key: annotation.privateKeySize, read: wholeNumber },
  rotationPolicy: { key: annotation.privateKeyRotationPolicy, read: oneOf(['Never', 'Always']) },
}

const fieldReaders = {
  commonName: { key: annotation.commonName, read: shortName },
  altNames: { key: annotation.altNames, read: (text: string): Reading<readonly string[]> => ok(listed(text)) },
  ipSans: { key: annotation.ipSans, read: eachOf((item) => parseIpAddress(item) !== undefined, 'no IP address') },
  emailAddresses: { key: annotation.emailSans, read: eachOf((item) => bareAddress.test(item), 'no bare email address') },
  duration: { key: annotation.duration, read: durationFrom(HOUR) },
  renewBefore: { key: annotation.renewBefore, read: durationFrom(5 * MINUTE) },
  renewBeforePercentage: { key: annotation.renewBeforePercentage, read: wholeNumber },
  usages: { key: annotation.usages, read: usages },
  revisionHistoryLimit: { key: annotation.revisionHistoryLimit, read: positiveNumber },
  secretTemplate: { key: annotation.secretTemplate, read: readSecretTemplate },
} satisfies Readonly<Record<string, AnnotationReader<unknown>>>

/** Reads the annotations that become fields of the Certificates. */
export function annotatedFields(annotations: Readonly<Record<string, string>>): FieldsReading {
  const subject = readAnnotations(subjectReaders, annotations)
  const key = readAnnotations(keyReaders, annotations)
  const others = readAnnotations(fieldReaders, annotations)
  const problems = [...others.problems, ...subject.problems, ...key.problems, ...sizeProblems(key.values)]
  if (problems.length > 0) return { kind: 'bad', why: problems.join('; ') }
  const { commonName = '', secretTemplate, altNames = [], ipSans = [], emailAddresses = [], ...fields } = others.values
  return {
    kind: 'ok',
    fields: {
      ...fields,
      altNames,
      ipSans,
      ...(commonName === '' ? {} : { commonName }),
      ...(emailAddresses.length === 0 ? {} : { emailAddresses }),
      ...(isEmpty(subject.values) ? {} : { subject: subject.values }),
      ...(isEmpty(key.values) ? {} : { privateKey: key.values }),
      ...(secretTemplate === undefined || isEmpty(secretTemplate) ? {} : { secretTemplate }),
    },
  }
}

function isEmpty(value: object): boolean {
  return Object.values(value).every((part) => part === undefined || part === '')
}

function sizeProblems({ algorithm = 'RSA', size }: { readonly algorithm?: string; readonly size?: number }): readonly string[] {
  if (size === undefined || algorithm === 'Ed25519') return []
  const fits = algorithm === 'RSA' ? size >= 2048 && size <= 8192 : [256, 384, 521].includes(size)
  const allowed = algorithm === 'RSA' ? '2048 to 8192' : '256, 384 or 521'
  return fits ? [] : [`${annotation.privateKeySize}: ${size} bits is no size of an ${algorithm} key, which has ${allowed}`]
}

function shortName(text: string): Reading<string> {
  return Buffer.byteLength(text) <= 64 ? ok(text) : bad('a common name has at most 64 bytes; put longer names into hosts')
}

function csv(text: string): Reading<readonly string[]> {
  const fields = parseCsv(text)
  return fields === undefined ? bad(`${quoted(text)} is no list of comma-separated values on one line`) : ok(fields)
}

function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function eachOf(isGood: (item: string) => boolean, what: string): (text: string) => Reading<readonly string[]> {
  return (text) => {
    const items = text === '' ? [] : text.split(',').map((item) => item.trim())
    const wrong = items.find((item) => !isGood(item))
    return wrong === undefined ? ok(items) : bad(`${quoted(wrong)} is ${what}`)
  }
}

/** RFC 5322 section 3.4.1 without display name, comments or quotes. */
const bareAddress = /^[^\s()<>[\]:;@\\,"]+@(?:[^\s()<>[\]:;@\\,"]+|\[[^\s[\]]+\])$/

function durationFrom(minimum: number): (text: string) => Reading<string> {
  return (text) => {
    const milliseconds = parseGoDuration(text)
    if (milliseconds === undefined) return bad(`${quoted(text)} is no duration such as 2160h or 1h30m`)
    return milliseconds < minimum ? bad(`${quoted(text)} is less than ${formatGoDuration(minimum)}`) : ok(formatGoDuration(milliseconds))
  }
}

function wholeNumber(text: string): Reading<number> {
  const value = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return value >= -(2 ** 31) && value < 2 ** 31 ? ok(value) : bad(`${quoted(text)} is no whole number`)
}

function positiveNumber(text: string): Reading<number> {
  const reading = wholeNumber(text)
  return reading.kind === 'ok' && reading.value < 1 ? bad(`${quoted(text)} is less than 1`) : reading
}

function usages(text: string): Reading<NonNullable<CertificateSpec['usages']>> {
  const names = text.split(',').map((name) => name.trim())
  const reading = usagesOf(names, { isCA: false })
  if (reading.kind === 'unknown') return bad(`${reading.names.map(quoted).join(', ')} is no key usage`)
  return ok(names as NonNullable<CertificateSpec['usages']>)
}

function oneOf<const T extends string>(values: readonly T[]): (text: string) => Reading<T> {
  return (text) => {
    const value = values.find((known) => known === text)
    return value === undefined ? bad(`${quoted(text)} is none of ${values.join(', ')}`) : ok(value)
  }
}
