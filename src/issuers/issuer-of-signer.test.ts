import { expect, test } from 'vitest'
import { issuerOfSigner } from './issuer-of-signer.ts'

test.each<[signerName: string, issuer: string]>([
  ['issuers.cert-manager.io/shop.ca', 'Issuer shop/ca'],
  ['issuers.cert-manager.io/shop.ca.v2', 'Issuer shop/ca.v2'],
  ['issuers.cert-manager.io/ca', 'Issuer /ca'],
  ['clusterissuers.cert-manager.io/ca', 'ClusterIssuer undefined/ca'],
  ['clusterissuers.cert-manager.io/shop.ca', 'ClusterIssuer undefined/shop.ca'],
])('the signer %s is the %s', (signerName, issuer) => {
  const found = issuerOfSigner(signerName)
  expect(`${found?.reference.kind} ${found?.namespace}/${found?.reference.name}`).toBe(issuer)
})

test.each([
  'kubernetes.io/kube-apiserver-client',
  'issuers.example.com/shop.ca',
  'certificates.cert-manager.io/shop.ca',
  'issuers.cert-manager.io',
  'issuers.cert-manager.io/',
  'issuers.cert-manager.io/.ca',
  'issuers.cert-manager.io/shop.ca/more',
  'evil.issuers.cert-manager.io/shop.ca',
  '',
])('the signer %j is none of ours', (signerName) => {
  expect(issuerOfSigner(signerName)).toBeUndefined()
})
