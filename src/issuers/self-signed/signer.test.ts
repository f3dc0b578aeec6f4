import { expect, test } from 'vitest'
import type { Issuer } from '../../crds/issuer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { HOUR, instant, plus } from '../../lib/instant.ts'
import { createCsr } from '../../pki/csr.ts'
import { subjectName } from '../../pki/name.ts'
import { certificateOf } from '../../pki/oracles.test-support.ts'
import { encodePrivateKey, generatePrivateKey } from '../../pki/private-key.ts'
import { usagesOf } from '../../pki/usages.ts'
import { anApprovedRequest, base64 } from '../approved-request.test-support.ts'
import type { ApprovedRequest } from '../signer.ts'
import { selfSignedSigner } from './signer.ts'

const now = instant(Date.UTC(2026, 0, 1))
const signal = new AbortController().signal
const key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
const other = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
const subject = subjectName({ commonName: 'web.example.com' })
const csr = await createCsr({ subject, sans: { dnsNames: ['web.example.com'] } }, key)
const keyPem = encodePrivateKey(key, 'PKCS8').reveal()
const issuer: Issuer = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name: 'self', namespace: 'shop' },
  spec: { selfSigned: { crlDistributionPoints: ['http://crl.example.com/ca'] } },
}

test.each<[when: string, secret: Record<string, string> | undefined, request: ApprovedRequest, then: string]>([
  [
    'no Secret is named',
    { 'tls.key': keyPem },
    anApprovedRequest(csr, { keySecret: { annotation: 'a', name: '' } }),
    'failed: MissingAnnotation',
  ],
  ['the Secret does not exist', undefined, anApprovedRequest(csr), 'pending: MissingSecret'],
  ['the Secret has no key', {}, anApprovedRequest(csr), 'pending: ErrorParsingKey'],
  ['the Secret has something else than a key', { 'tls.key': 'a key' }, anApprovedRequest(csr), 'pending: ErrorParsingKey'],
  ['the CSR does not parse', { 'tls.key': keyPem }, anApprovedRequest('a CSR'), 'failed: ErrorGenerating'],
  ['the CSR is of another key', { 'tls.key': encodePrivateKey(other, 'PKCS8').reveal() }, anApprovedRequest(csr), 'failed: ErrorKeyMatch'],
  ['all is well', { 'tls.key': keyPem }, anApprovedRequest(csr), 'issued'],
])('when %s', async (_when, secret, request, then) => {
  const { outcome } = await signed(secret, request)
  expect(outcome.kind === 'issued' ? 'issued' : `${outcome.kind}: ${outcome.reason}`).toBe(then)
})

test('the certificate is its own CA, lasts as long and is a CA as it was asked for', async () => {
  const request = anApprovedRequest(csr, { duration: 5 * HOUR, isCA: true, usages: usagesOf(undefined, { isCA: true }) })
  const { outcome } = await signed({ 'tls.key': keyPem }, request)
  if (outcome.kind !== 'issued') throw new Error(outcome.message)
  expect(outcome.ca).toBe(outcome.certificate)
  expect(certificateOf(outcome.certificate)).toMatchObject({ notAfter: plus(now, 5 * HOUR), isCA: true })
})

test.each([
  ['without a subject is warned of', [], ['BadConfig']],
  ['with a subject is not', subject, []],
])('a request %s', async (_what, named, reasons) => {
  const request = anApprovedRequest(await createCsr({ subject: named, sans: { dnsNames: ['web.example.com'] } }, key))
  const { outcome, warned } = await signed({ 'tls.key': keyPem }, request)
  expect(outcome.kind).toBe('issued')
  expect(warned).toEqual(reasons)
})

test('an API server that does not answer is no verdict', async () => {
  const signer = selfSignedSigner({
    cluster: { get: () => Promise.reject(new Error('down')) },
    events: { record: () => {} },
    clock: { now: () => now },
  })
  await expect(signer.sign(anApprovedRequest(csr), issuer, signal)).rejects.toThrow('down')
})

async function signed(secret: Record<string, string> | undefined, request: ApprovedRequest) {
  const warned: string[] = []
  const data =
    secret === undefined ? undefined : { data: Object.fromEntries(Object.entries(secret).map(([name, text]) => [name, base64(text)])) }
  const cluster = { get: () => Promise.resolve(data) } as unknown as Pick<Cluster, 'get'>
  const signer = selfSignedSigner({
    cluster,
    events: { record: (_about, { reason }) => void warned.push(reason) },
    clock: { now: () => now },
  })
  return { outcome: await signer.sign(request, issuer, signal), warned }
}
