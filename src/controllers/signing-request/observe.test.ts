import { expect, test } from 'vitest'
import type { Issuer } from '../../crds/issuer.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'
import type { Lister } from '../../kube/lister.ts'
import { keyOf } from '../../runtime/object-key.ts'
import { observe, type SigningRequestSources } from './observe.ts'

const issuer: Issuer = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name: 'ca', namespace: 'shop' },
  spec: { ca: { secretName: 'ca' } },
}

test.each<[signerName: string, watchedNamespace: string, isSeen: boolean]>([
  ['issuers.cert-manager.io/shop.ca', '', true],
  ['issuers.cert-manager.io/shop.ca', 'shop', true],
  ['issuers.cert-manager.io/shop.ca', 'other', false],
  ['clusterissuers.cert-manager.io/ca', '', true],
  ['clusterissuers.cert-manager.io/ca', 'shop', false],
  ['example.com/ca', '', false],
])('a request for %s is looked at by an operator of the namespace %j: %s', async (signerName, watchedNamespace, isSeen) => {
  const world = await observe(sourcesWith(requestFor(signerName), { watchedNamespace }), keyOf({ name: 'web' }), signal)
  expect(world !== undefined).toBe(isSeen)
})

test.each<[title: string, isAsked: boolean, request: CertificateSigningRequest]>([
  ['an approved request for an Issuer', true, requestFor('issuers.cert-manager.io/shop.ca')],
  ['an approved request for an Issuer that does not exist', false, requestFor('issuers.cert-manager.io/shop.other')],
  ['a request that nobody has approved', false, requestFor('issuers.cert-manager.io/shop.ca', [])],
  ['a request that has failed', false, requestFor('issuers.cert-manager.io/shop.ca', ['Approved', 'Failed'])],
])('for %s RBAC is asked about the requester: %s', async (_title, isAsked, request) => {
  let times = 0
  const mayReference = () => {
    times += 1
    return Promise.resolve(true)
  }
  const world = await observe(sourcesWith(request, { mayReference }), keyOf({ name: 'web' }), signal)
  expect(times).toBe(isAsked ? 1 : 0)
  expect(world?.mayReference).toBe(isAsked)
})

const signal = new AbortController().signal

function sourcesWith(request: CertificateSigningRequest, more: Partial<SigningRequestSources>): SigningRequestSources {
  return {
    signingRequests: listerOf([request]),
    issuers: listerOf([issuer]),
    clusterIssuers: listerOf([]),
    signers: {},
    mayReference: () => Promise.resolve(true),
    watchedNamespace: '',
    told: () => undefined,
    ...more,
  }
}

function listerOf<T extends KubeObject>(objects: readonly T[]): Lister<T> {
  return {
    list: () => objects,
    get: ({ namespace, name }) => objects.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
  }
}

function requestFor(signerName: string, conditions: readonly string[] = ['Approved']): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'web' },
    spec: { request: '', signerName },
    status: { conditions: conditions.map((type) => ({ type, status: 'True' })) },
  }
}
