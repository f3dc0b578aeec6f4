import type { Certificate } from './certificate.ts'
import type { CertificateRevocation } from './certificate-revocation.ts'
import type { CertificateRequest } from './certificate-request.ts'
import type { Challenge } from './challenge.ts'
import type { ClusterIssuer, Issuer } from './issuer.ts'
import type { ClusterIssuerPool, IssuerPool } from './issuer-pool.ts'
import type { Order } from './order.ts'
import type { Resource } from './resource.ts'

const certManager = { group: 'cert-manager.io', version: 'v1' }
const acme = { group: 'acme.cert-manager.io', version: 'v1' }
const certwright = { group: 'certwright.dev', version: 'v1alpha1' }

export const certificates: Resource<Certificate> = { ...certManager, kind: 'Certificate', plural: 'certificates', namespaced: true }
export const certificateRequests: Resource<CertificateRequest> = {
  ...certManager,
  kind: 'CertificateRequest',
  plural: 'certificaterequests',
  namespaced: true,
}
export const issuers: Resource<Issuer> = { ...certManager, kind: 'Issuer', plural: 'issuers', namespaced: true }
export const clusterIssuers: Resource<ClusterIssuer> = {
  ...certManager,
  kind: 'ClusterIssuer',
  plural: 'clusterissuers',
  namespaced: false,
}
export const orders: Resource<Order> = { ...acme, kind: 'Order', plural: 'orders', namespaced: true }
export const challenges: Resource<Challenge> = { ...acme, kind: 'Challenge', plural: 'challenges', namespaced: true }

export const issuerPools: Resource<IssuerPool> = { ...certwright, kind: 'IssuerPool', plural: 'issuerpools', namespaced: true }
export const clusterIssuerPools: Resource<ClusterIssuerPool> = {
  ...certwright,
  kind: 'ClusterIssuerPool',
  plural: 'clusterissuerpools',
  namespaced: false,
}
export const certificateRevocations: Resource<CertificateRevocation> = {
  ...certwright,
  kind: 'CertificateRevocation',
  plural: 'certificaterevocations',
  namespaced: true,
}
