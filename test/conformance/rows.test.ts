import { expect, test } from 'vitest'
import { rowOf, rowsNamed, turnsOf } from './rows.ts'

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
  ['[cert-manager] ACME Certificate (HTTP01) should automatically recreate challenge pod and still obtain a certificate', 'pods'],
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

test('what can run at once is one turn; specs that disturb each other have their own, and those for another operator the last one', () => {
  const turns = turnsOf(rowsNamed('pods,ca,signing-requests-secret,rbac'))
  expect(turns.map(({ name, rows }) => [name, rows.map((row) => row.name).join()])).toEqual([
    ['together', 'ca,rbac'],
    ['signing-requests-secret', 'signing-requests-secret'],
    ['pods', 'pods'],
  ])
})

test('a single group is a turn of its name', () => {
  expect(turnsOf(rowsNamed('ca')).map(({ name }) => name)).toEqual(['ca'])
})
