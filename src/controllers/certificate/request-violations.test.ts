import type { KeyObject } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { CertificateSpec } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { createCsr, readCsr } from '../../pki/csr.ts'
import { generatePrivateKey } from '../../pki/private-key.ts'
import { csrTemplate } from './csr-template.ts'
import { requestViolations } from './request-violations.ts'
import { wantedFrom } from './wanted.ts'

let key: KeyObject
beforeAll(async () => {
  key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
})

const base: CertificateSpec = { secretName: 'web-tls', issuerRef: { name: 'ca' }, dnsNames: ['web.example'] }

type Change = Partial<CertificateSpec>

test.each<[title: string, before: Change, after: Change, differing: readonly string[]]>([
  ['nothing', {}, {}, []],
  ['the order of DNS names', { dnsNames: ['a.example', 'b.example'] }, { dnsNames: ['b.example', 'a.example'] }, []],
  ['a DNS name', {}, { dnsNames: ['other.example'] }, ['spec.dnsNames']],
  ['a DNS name that is now there twice', {}, { dnsNames: ['web.example', 'web.example'] }, ['spec.dnsNames']],
  ['the common name', { commonName: 'a' }, { commonName: 'b' }, ['spec.commonName']],
  ['a common name that is now a DNS name', { commonName: 'web.example' }, {}, ['spec.commonName']],
  ['the notation of an IP address', { ipAddresses: ['2001:db8::1'] }, { ipAddresses: ['2001:0DB8:0:0::1'] }, []],
  ['the notation of a mapped IP address', { ipAddresses: ['192.0.2.1'] }, { ipAddresses: ['::ffff:192.0.2.1'] }, []],
  ['an IP address', { ipAddresses: ['192.0.2.1'] }, { ipAddresses: ['192.0.2.2'] }, ['spec.ipAddresses']],
  ['a URI', { uris: ['spiffe://example.com/a'] }, {}, ['spec.uris']],
  ['an email address', {}, { emailAddresses: ['a@example.com'] }, ['spec.emailAddresses']],
  ['the order of other names', { otherNames: [upn('a'), upn('b')] }, { otherNames: [upn('b'), upn('a')] }, []],
  ['another name', { otherNames: [upn('a')] }, { otherNames: [upn('b')] }, ['spec.otherNames']],
  ['other names, left out altogether', { otherNames: [upn('a')] }, {}, []],
  ['other names, to an empty list', { otherNames: [upn('a')] }, { otherNames: [] }, ['spec.otherNames']],
  ['the order of organizations', { subject: { organizations: ['a', 'b'] } }, { subject: { organizations: ['b', 'a'] } }, []],
  ...(['organizations', 'countries', 'localities', 'organizationalUnits', 'postalCodes', 'provinces', 'streetAddresses'] as const).map(
    (field): [string, Change, Change, readonly string[]] => [
      field,
      { subject: { [field]: ['AT'] } },
      { subject: { [field]: ['DE'] } },
      [`spec.subject.${field}`],
    ],
  ),
  ['the serial number of the subject', { subject: { serialNumber: '1' } }, {}, ['spec.subject.serialNumber']],
  ['the blanks in a literal subject', { literalSubject: 'CN=web, O=A' }, { literalSubject: 'CN=web,O=A' }, []],
  ['the order of a literal subject', { literalSubject: 'CN=web,O=A' }, { literalSubject: 'O=A,CN=web' }, ['spec.literalSubject']],
  ['a literal subject that says the same as the subject', { commonName: 'web' }, { literalSubject: 'CN=web' }, []],
  ['a literal subject, to one that does not parse', { literalSubject: 'CN=web' }, { literalSubject: 'CN' }, ['spec.literalSubject']],
  ['isCA', {}, { isCA: true }, ['spec.isCA']],
  ['isCA, to what it is by default', {}, { isCA: false }, []],
  ['the order of usages', { usages: ['signing', 'any'] }, { usages: ['any', 'signing'] }, []],
  ['a usage', { usages: ['signing'] }, { usages: ['any'] }, ['spec.usages']],
  ['usages, to those that it has by default', {}, { usages: ['digital signature', 'key encipherment'] }, ['spec.usages']],
  ['the notation of the duration', { duration: '1h' }, { duration: '60m0s' }, []],
  ['the duration', { duration: '1h' }, { duration: '2h' }, ['spec.duration']],
  ['the duration, left out', { duration: '1h' }, {}, []],
  ['the kind and group of the issuer, to their defaults', {}, { issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' } }, []],
  [
    'the kind and group of the issuer, from their defaults',
    { issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' } },
    {},
    [],
  ],
  ['the name of the issuer', {}, { issuerRef: { name: 'other' } }, ['spec.issuerRef']],
  ['the kind of the issuer', {}, { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } }, ['spec.issuerRef']],
  ['the group of the issuer', {}, { issuerRef: { name: 'ca', group: 'x.example' } }, ['spec.issuerRef']],
  [
    'what the incumbent does not compare',
    {},
    { encodeUsagesInRequest: false, signatureAlgorithm: 'ECDSAWithSHA512', renewBefore: '1h' },
    [],
  ],
  [
    'much at once',
    { uris: ['a:b'], commonName: 'a' },
    { issuerRef: { name: 'other' }, isCA: true },
    ['spec.uris', 'spec.commonName', 'spec.isCA', 'spec.issuerRef'],
  ],
])('a change of %s', async (_title, before, after, differing) => {
  const made = { ...base, ...before }
  const spec = { ...base, ...after }
  expect(requestViolations(await requested(made), spec, wantedFrom(spec))).toEqual(differing)
})

function upn(utf8Value: string) {
  return { oid: '1.3.6.1.4.1.311.20.2.3', utf8Value }
}

/** The request that the operator makes of a spec. */
async function requested(spec: CertificateSpec) {
  const reading = csrTemplate(spec)
  if (reading.kind === 'impossible') throw new Error(reading.why)
  const parsing = readCsr(await createCsr({ ...reading.template, signatureAlgorithm: undefined }, key))
  if (parsing.kind === 'unreadable') throw new Error(parsing.why)
  const { issuerRef, isCA, usages, duration } = spec
  const request = { spec: { request: '', issuerRef, ...(isCA && { isCA }), ...(usages && { usages }), ...(duration && { duration }) } }
  return { request: request as CertificateRequest, csr: parsing.csr }
}
