import type { DerReader } from './der/der-reader.ts'
import { decodeString, encodeDirectoryString } from './der/der-string.ts'
import { sequence, sequenceOf, setOf, tag } from './der/der-writer.ts'
import { oid, readOid } from './der/object-identifier.ts'
import { attributeOid } from './oids.ts'

/** One attribute of a distinguished name: `type` is a dotted OID. */
export interface Attribute {
  readonly type: string
  readonly value: string
}

/** A distinguished name: its RDNs in certificate order (the opposite of RFC 4514 text), each with one or more attributes. */
export type Name = readonly (readonly Attribute[])[]

/** The subject fields of a Certificate resource, under its own names. */
export interface SubjectFields {
  readonly commonName?: string | undefined
  readonly organizations?: readonly string[] | undefined
  readonly organizationalUnits?: readonly string[] | undefined
  readonly countries?: readonly string[] | undefined
  readonly localities?: readonly string[] | undefined
  readonly provinces?: readonly string[] | undefined
  readonly streetAddresses?: readonly string[] | undefined
  readonly postalCodes?: readonly string[] | undefined
  readonly serialNumber?: string | undefined
}

/** The same fields, all present and possibly empty. */
export type AllSubjectFields = { readonly [K in keyof SubjectFields]-?: NonNullable<SubjectFields[K]> }

/** The name that Go's pkix.Name yields for these fields: fixed order, and one RDN per field however many values it has. */
export function subjectName(fields: SubjectFields): Name {
  const rdns: readonly (readonly [type: string, values: readonly string[] | undefined])[] = [
    [attributeOid.C, fields.countries],
    [attributeOid.ST, fields.provinces],
    [attributeOid.L, fields.localities],
    [attributeOid.STREET, fields.streetAddresses],
    [attributeOid.POSTALCODE, fields.postalCodes],
    [attributeOid.O, fields.organizations],
    [attributeOid.OU, fields.organizationalUnits],
    [attributeOid.CN, single(fields.commonName)],
    [attributeOid.SERIALNUMBER, single(fields.serialNumber)],
  ]
  return rdns.flatMap(([type, values = []]) => (values.length === 0 ? [] : [values.map((value) => ({ type, value }))]))
}

/** The fields read back from a name. Of several common names or serial numbers the last one counts, as in Go. */
export function subjectFields(name: Name): AllSubjectFields {
  const valuesOf = (type: string): readonly string[] =>
    name.flat().flatMap((attribute) => (attribute.type === type ? [attribute.value] : []))
  return {
    commonName: valuesOf(attributeOid.CN).at(-1) ?? '',
    organizations: valuesOf(attributeOid.O),
    organizationalUnits: valuesOf(attributeOid.OU),
    countries: valuesOf(attributeOid.C),
    localities: valuesOf(attributeOid.L),
    provinces: valuesOf(attributeOid.ST),
    streetAddresses: valuesOf(attributeOid.STREET),
    postalCodes: valuesOf(attributeOid.POSTALCODE),
    serialNumber: valuesOf(attributeOid.SERIALNUMBER).at(-1) ?? '',
  }
}

/** The DER of a name. Throws when an attribute type is not an OID; `parseDistinguishedName` yields no such name. */
export function encodeName(name: Name): Uint8Array {
  return sequenceOf(name.map((rdn) => setOf(rdn.map(({ type, value }) => sequence(oid(type), encodeDirectoryString(value))))))
}

/** The name that comes next; an RDN's attributes in the order they stand there. */
export function readName(reader: DerReader, what: string): Name {
  const rdns = reader.enter(tag.sequence, what)
  const name: Attribute[][] = []
  while (!rdns.atEnd) {
    const rdn = rdns.enter(tag.set, what)
    const attributes: Attribute[] = []
    while (!rdn.atEnd) attributes.push(readAttribute(rdn.enter(tag.sequence, what), what))
    name.push(attributes)
  }
  return name
}

/** Whether the DER is that of a name without attributes. */
export function isEmptyName(raw: Uint8Array): boolean {
  return raw.length === 2
}

function single(value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : [value]
}

function readAttribute(reader: DerReader, what: string): Attribute {
  const type = readOid(reader, `an attribute of ${what}`)
  const value = decodeString(reader, reader.any(`an attribute of ${what}`), `an attribute of ${what}`)
  return { type, value }
}
