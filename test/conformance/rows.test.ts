import { expect, test } from 'vitest'
import { rowOf, rows, rowsNamed, selectionOf } from './rows.ts'

test.each([
  ['[Conformance] Certificates with issuer type CA Issuer should issue a certificate that defines a long domain', 'ca'],
  ['[Conformance] Certificates with issuer type CA Issuer Creating a Gateway with a custom extra protocol generates a Certificate', 'shim'],
  ['[Conformance] CertificateSigningRequests CertificateSigningRequest with issuer type CA Issuer should issue', 'signing-requests'],
  ['[Conformance] Certificates CertificateSigningRequest with issuer type ACME DNS01 Issuer should issue', 'dns01'],
  ['[cert-manager] CertificateSigningRequests SelfSigned Secret ClusterIssuer: the private key Secret is', 'signing-requests-secret'],
  ['[cert-manager] CertificateSigningRequests SelfSigned Secret Issuer: the private key Secret is', 'signing-requests'],
  ['[Conformance] Certificates with issuer type External ClusterIssuer should issue a certificate that defines an IP Address', 'external'],
  [
    '[Conformance] Certificates with issuer type ACME HTTP01 Issuer (Ingress) should issue a certificate that defines an IP Address',
    'http01-ingress',
  ],
  [
    '[Conformance] Certificates with issuer type ACME HTTP01 Issuer (Gateway) should issue a certificate that defines a long domain',
    'http01-gateway',
  ],
  ['[Conformance] Certificates with issuer type Public ACME Server HTTP01 Issuer (Ingress) should issue', 'public'],
  ['[cert-manager] ACME Certificate (HTTP01) should fail to obtain a certificate for a blocked ACME dns name', 'accounts'],
  ['[cert-manager] CA Injector for api services should ignore objects with invalid annotations', 'injector'],
])('"%s" belongs to the row %s', (spec, row) => {
  expect(rowOf(spec).name).toBe(row)
})

test('without a list, the groups are those that can be run', () => {
  const names = rowsNamed('').map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['requester', 'signing-requests', 'ca']))
  expect(names).not.toContain('venafi')
})

test('an unknown group is refused with the names of those that there are', () => {
  expect(() => rowsNamed('ca,cb')).toThrow(/"cb" is not a group; there are public, vault/)
})

test.each(rows.map((row) => [row.name, row] as const))('what ginkgo is told for %s takes the specs of this row only', (_name, row) => {
  const { focus, skip } = selectionOf(row)
  const samples = [
    'Public ACME CA',
    'ACME DNS01 Issuer',
    'CA Injector',
    'External Issuer',
    '[RBAC] Issuers',
    'CA Issuer',
    '] ACME Issuer should',
  ]
  const taken = samples.filter((sample) => new RegExp(focus).test(sample) && !(skip !== '' && new RegExp(skip).test(sample)))
  expect(taken).toEqual(samples.filter((sample) => rowOf(sample) === row))
})
