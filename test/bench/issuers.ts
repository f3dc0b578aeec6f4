import type { AcmeSolver } from '../../src/crds/issuer.ts'
import type { AcmeServer } from '../testbed/acme-server.ts'

/** For each sort a namespace for a single Certificate and one for many. */
export function namespacesFor(sorts: readonly string[]): string {
  return namespaces(sorts.flatMap((sort) => (sort === 'raw' ? ['raw'] : [`${sort}-one`, `${sort}-many`])))
}

/** Namespaces of these names. */
export function namespaces(names: readonly string[]): string {
  return names.map((name) => `---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`).join('')
}

/** A CA that is itself issued by the operator, as a ClusterIssuer. */
export function caIssuer(name: string): string {
  return `---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: self-signed}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: ca, namespace: cert-manager}
spec:
  isCA: true
  commonName: bench CA
  secretName: bench-ca
  privateKey: {algorithm: ECDSA, size: 256}
  issuerRef: {name: self-signed, kind: ClusterIssuer}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: ${name}}
spec: {ca: {secretName: bench-ca}}
`
}

/** A ClusterIssuer of an ACME server of the testbed. */
export function acmeIssuer(name: string, acme: AcmeServer, solver: AcmeSolver): string {
  return `---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: ${name}}
spec:
  acme:
    server: ${acme.directoryUrl}
    caBundle: ${Buffer.from(acme.caPem).toString('base64')}
    privateKeySecretRef: {name: bench-${name}-account}
    solvers: [${JSON.stringify(solver)}]
`
}
