import type { CertificateSpec } from '../../src/crds/certificate.ts'

/** The ClusterIssuer that every file has. */
export const clusterCa = { name: 'ca', kind: 'ClusterIssuer' } as const

/** Keys that are quick to make. */
export const quickKey = { algorithm: 'ECDSA', size: 256 } as const

/** The spec of a Certificate from the CA of the file, for one name and into a Secret of that name; `more` is laid over it. */
export function certificateSpec(name: string, more: Partial<CertificateSpec> = {}): CertificateSpec {
  return { secretName: name, dnsNames: [`${name}.example.com`], privateKey: quickKey, issuerRef: clusterCa, ...more }
}

/** A self-signed root in the cluster resource namespace and the ClusterIssuer that signs with it. */
export const clusterCaManifests = `
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: self-signed}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: root, namespace: cert-manager}
spec:
  isCA: true
  commonName: Example Root
  secretName: root
  privateKey: {algorithm: ECDSA, size: 256}
  issuerRef: {name: self-signed, kind: ClusterIssuer}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: ca}
spec: {ca: {secretName: root}}
`
