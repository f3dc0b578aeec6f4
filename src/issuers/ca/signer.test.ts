import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import type { CaIssuer, Issuer } from '../../crds/issuer.ts'
import { DAY, HOUR, instant, plus } from '../../lib/instant.ts'
import { createCsr } from '../../pki/csr.ts'
import { aCaTemplate, certificateOf, usages } from '../../pki/oracles.test-support.ts'
import { generatePrivateKey } from '../../pki/private-key.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { usagesOf } from '../../pki/usages.ts'
import { anApprovedRequest } from '../approved-request.test-support.ts'
import type { ApprovedRequest } from '../signer.ts'
import type { CaKeyPairReading } from './key-pair.ts'
import { caSigner } from './signer.ts'

const now = instant(Date.UTC(2026, 0, 2))
const signal = new AbortController().signal
const caKey = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
const key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
const ca = await signCertificate(aCaTemplate('CA', caKey), { key: caKey })
const pair: CaKeyPairReading = { kind: 'ok', key: caKey, certificate: certificateOf(ca), chain: ca, root: '' }
const expired: CaKeyPairReading = { ...pair, certificate: { ...pair.certificate, notAfter: plus(now, -1) } }
const csr = await createCsr({ subject: [], sans: { dnsNames: ['web.example.com'] } }, key)

test.each<[when: string, pair: CaKeyPairReading, request: ApprovedRequest, then: string]>([
  ['the Secret of the CA is gone', { kind: 'missing', why: 'gone' }, anApprovedRequest(csr), 'pending: SecretMissing'],
  ['the Secret of the CA holds no key pair', { kind: 'invalid', why: 'no key' }, anApprovedRequest(csr), 'pending: SecretInvalidData'],
  ['the CA has expired', expired, anApprovedRequest(csr), 'pending: SecretInvalidData'],
  ['the CSR does not parse', pair, anApprovedRequest('a CSR'), 'failed: SigningError'],
  ['the CSR does not parse and the CA is gone', { kind: 'missing', why: 'gone' }, anApprovedRequest('a CSR'), 'pending: SecretMissing'],
  ['a usage is unknown', pair, anApprovedRequest(csr, { usages: { kind: 'unknown', names: ['flying'] } }), 'failed: SigningError'],
  [
    'the CSR asks for other usages',
    pair,
    anApprovedRequest(await createCsr({ subject: [], sans: { dnsNames: ['a.example.com'] }, usages: usages(['code signing']) }, key)),
    'failed: SigningError',
  ],
  ['all is well', pair, anApprovedRequest(csr), 'issued'],
])('when %s', async (_when, found, request, then) => {
  const outcome = await signed(request, { found })
  expect(outcome.kind === 'issued' ? 'issued' : `${outcome.kind}: ${outcome.reason}`).toBe(then)
})

test.each<[field: string, request: Partial<ApprovedRequest>, shown: object]>([
  ['duration', { duration: 5 * HOUR }, { notAfter: plus(now, 5 * HOUR) }],
  ['duration left out', {}, { notAfter: plus(now, 90 * DAY) }],
  ['duration beyond the end of the CA', { duration: 20 * 365 * DAY }, { notAfter: pair.certificate.notAfter }],
  ['isCA', { isCA: true, usages: usagesOf(undefined, { isCA: true }) }, { isCA: true }],
  ['isCA left out', {}, { isCA: false }],
])('the certificate follows the field %s', async (_field, more, shown) => {
  const outcome = await signed(anApprovedRequest(csr, more))
  if (outcome.kind !== 'issued') throw new Error(outcome.message)
  expect(certificateOf(outcome.certificate)).toMatchObject(shown)
  expect(outcome.ca).toBe(ca)
})

test('the certificate names what the issuer says about its CA', async () => {
  const outcome = await signed(anApprovedRequest(csr), {
    ca: {
      secretName: 'ca',
      crlDistributionPoints: ['http://crl.example.com/ca'],
      ocspServers: ['http://ocsp.example.com'],
      issuingCertificateURLs: ['http://ca.example.com/ca.crt'],
    },
  })
  if (outcome.kind !== 'issued') throw new Error(outcome.message)
  const leaf = new X509Certificate(outcome.certificate)
  expect(leaf.infoAccess).toBe('OCSP - URI:http://ocsp.example.com\nCA Issuers - URI:http://ca.example.com/ca.crt')
  expect(leaf.raw.includes('http://crl.example.com/ca')).toBe(true)
})

function signed(request: ApprovedRequest, given: { readonly found?: CaKeyPairReading; readonly ca?: CaIssuer } = {}) {
  const issuer: Issuer = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Issuer',
    metadata: { name: 'ca', namespace: 'shop' },
    spec: { ca: given.ca ?? { secretName: 'ca' } },
  }
  const keyPairs = () => Promise.resolve(given.found ?? pair)
  return caSigner({ keyPairs, clock: { now: () => now }, clusterResourceNamespace: 'cert-manager' }).sign(request, issuer, signal)
}
