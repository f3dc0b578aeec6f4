import { expect, test } from 'vitest'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { Order } from '../../crds/order.ts'
import type { OwnerReference } from '../../crds/resource.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'
import { isWanted, type RequestListers } from './is-wanted.ts'

const request: CertificateRequest = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'CertificateRequest',
  metadata: { name: 'web', namespace: 'shop', uid: 'uid-1' },
  spec: { request: 'Q1NS', issuerRef: { name: 'acme' } },
}
const signingRequest: CertificateSigningRequest = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'web', uid: 'uid-2' },
  spec: { request: 'Q1NS', signerName: 'issuers.cert-manager.io/shop.acme' },
  status: { conditions: [{ type: 'Approved', status: 'True' }] },
}
const ofRequest: OwnerReference = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'CertificateRequest',
  name: 'web',
  uid: 'uid-1',
  controller: true,
}
const ofSigningRequest: OwnerReference = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  name: 'web',
  uid: 'uid-2',
  controller: true,
}

test.each<[of: string, order: Order]>([
  ['a CertificateRequest', orderOf(ofRequest)],
  ['a signing request', orderOf(ofSigningRequest)],
])('an Order of %s is wanted', (_of, order) => {
  expect(isWanted(listers({}), order)).toBe(true)
})

test.each<[of: string, order: Order]>([
  ['nobody', orderOf(undefined)],
  ['a CertificateRequest that was made anew', orderOf({ ...ofRequest, uid: 'uid-0' })],
  ['a CertificateRequest that does not control it', orderOf({ ...ofRequest, controller: false })],
  ['a CertificateRequest of another namespace', orderOf(ofRequest, { namespace: 'other' })],
  ['another kind of the same name', orderOf({ ...ofRequest, kind: 'Certificate' })],
  ['a signing request that was made anew', orderOf({ ...ofSigningRequest, uid: 'uid-0' })],
  ['a signing request that does not control it', orderOf({ ...ofSigningRequest, controller: false })],
  ['a signing request with another CSR', orderOf(ofSigningRequest, { csr: 'TXkgQ1NS' })],
  ['a signing request for another Issuer', orderOf(ofSigningRequest, { issuer: 'other' })],
  ['a signing request for an Issuer and not the ClusterIssuer', orderOf(ofSigningRequest, { kind: 'ClusterIssuer' })],
  ['a signing request for the Issuer of another namespace', orderOf(ofSigningRequest, { namespace: 'other' })],
])('an Order of %s is not wanted', (_of, order) => {
  expect(isWanted(listers({}), order)).toBe(false)
})

test.each<[status: 'True' | 'Unknown' | 'False', issuer: string, wanted: boolean]>([
  ['True', 'acme', true],
  ['Unknown', 'acme', true],
  ['False', 'acme', false],
  ['False', 'another', true],
])('of a request to a pool that says %s of Issuer acme, the Order at Issuer %s is wanted: %s', (status, issuer, wanted) => {
  const ofPool = { ...request, status: { conditions: [{ type: 'certwright.dev/Issuer.acme', status }] } }
  const from = { ...listers({}), requests: { get: () => ofPool, list: () => [ofPool] } }
  expect(isWanted(from, orderOf(ofRequest, { issuer }))).toBe(wanted)
})

test.each<[when: string, listed: Partial<CertificateSigningRequest> | undefined]>([
  ['is not approved', { status: {} }],
  ['is approved by a condition that is not True', { status: { conditions: [{ type: 'Approved', status: 'False' }] } }],
  ['is for a signer of Kubernetes', { spec: { request: 'Q1NS', signerName: 'kubernetes.io/kubelet-serving' } }],
  ['is gone, or none are watched', undefined],
])('an Order of a signing request that %s is not wanted', (_when, listed) => {
  expect(isWanted(listers({ listed }), orderOf(ofSigningRequest))).toBe(false)
})

interface OrderParts {
  readonly namespace?: string
  readonly csr?: string
  readonly issuer?: string
  readonly kind?: string
}

function orderOf(
  owner: OwnerReference | undefined,
  { namespace = 'shop', csr = 'Q1NS', issuer = 'acme', kind = 'Issuer' }: OrderParts = {},
): Order {
  return {
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Order',
    metadata: { name: 'web-1', namespace, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec: { request: csr, issuerRef: { name: issuer, kind } },
  }
}

function listers(given: { readonly listed?: Partial<CertificateSigningRequest> | undefined }): RequestListers {
  const listed = 'listed' in given ? given.listed : {}
  return {
    requests: { list: () => [request], get: ({ namespace, name }) => (namespace === 'shop' && name === 'web' ? request : undefined) },
    signingRequests:
      listed === undefined
        ? undefined
        : { list: () => [], get: ({ name }) => (name === 'web' ? { ...signingRequest, ...listed } : undefined) },
  }
}
