import { acmeIssuer } from './acme-issuer.ts'
import { ageColumn, conditionColumn } from './columns.ts'
import { conditions } from './condition.ts'
import { caRules, issuerRules } from './issuer-rules.ts'
import type { KindDefinition } from './kind-definition.ts'
import type { KubeObject } from './resource.ts'
import { clusterIssuers, issuers } from './resources.ts'
import type { TypeOf } from './schema.ts'
import { list, object, required, text } from './schema.ts'
import { vaultIssuer } from './vault-issuer.ts'
import { venafiIssuer } from './venafi-issuer.ts'

export type { AcmeIssuer, ExternalAccountBinding } from './acme-issuer.ts'
export type { AcmeSolver, SolverSelector } from './acme-solver.ts'
export type { Dns01Solver } from './dns01-solver.ts'
export type { Http01GatewayHttpRoute, Http01Ingress, Http01Solver, ParentReference } from './http01-solver.ts'
export type { PodTemplate } from './pod-template.ts'
export type { TlsAlpn01GatewayTlsRoute, TlsAlpn01IngressRouteTcp, TlsAlpn01Solver } from './tls-alpn01-solver.ts'
export type { VaultAuth, VaultIssuer } from './vault-issuer.ts'
export type { VenafiIssuer } from './venafi-issuer.ts'

export interface Issuer extends KubeObject {
  readonly kind: 'Issuer'
  readonly spec: IssuerSpec
  readonly status?: IssuerStatus
}
export interface ClusterIssuer extends KubeObject {
  readonly kind: 'ClusterIssuer'
  readonly spec: IssuerSpec
  readonly status?: IssuerStatus
}
export interface IssuerSpec extends TypeOf<typeof spec> {}
export interface IssuerStatus extends TypeOf<typeof status> {}
export interface CaIssuer extends TypeOf<typeof ca> {}
export interface SelfSignedIssuer extends TypeOf<typeof selfSigned> {}

const ca = object(
  'Signs with a CA key pair in a Secret.',
  {
    secretName: required(text('Secret with tls.crt and tls.key of the CA.')),
    crlDistributionPoints: list(text(), 'Where revocation lists are published (RFC 5280 section 4.2.1.13).'),
    ocspServers: list(text(), 'OCSP servers (RFC 5280 section 4.2.2.1).'),
    issuingCertificateURLs: list(text(), 'Where the CA certificate can be had (RFC 5280 section 4.2.2.1).'),
  },
  { rules: caRules },
)

const selfSigned = object('Signs every certificate with its own private key.', {
  crlDistributionPoints: list(text(), 'Where revocation lists are published (RFC 5280 section 4.2.1.13).'),
})

const spec = object(
  'How this issuer signs; name exactly one of acme, ca, selfSigned, vault and venafi.',
  {
    acme: acmeIssuer,
    ca,
    selfSigned,
    vault: vaultIssuer,
    venafi: venafiIssuer,
  },
  { rules: issuerRules },
)

const status = object('Whether the issuer can sign.', {
  conditions,
  acme: object('The ACME account.', {
    uri: text('URL of the account.'),
    lastRegisteredEmail: text('Email address that the account was last registered with.'),
    lastPrivateKeyHash: text('Digest of the private key of the account.'),
  }),
})

const shared = {
  categories: ['cert-manager'],
  columns: [
    conditionColumn('Ready', 'Ready', 'status'),
    { ...conditionColumn('Status', 'Ready', 'message'), priority: 1 as const },
    ageColumn,
  ],
  spec,
  status,
  required: ['spec'],
}

/** The Issuer kind: who signs for one namespace. */
export const issuerDefinition: KindDefinition = {
  resource: issuers,
  description: 'An Issuer signs certificates in its namespace.',
  shortNames: ['iss'],
  ...shared,
}

/** The ClusterIssuer kind: who signs for all namespaces. */
export const clusterIssuerDefinition: KindDefinition = {
  resource: clusterIssuers,
  description: 'A ClusterIssuer signs certificates in every namespace.',
  shortNames: ['ciss'],
  ...shared,
}
