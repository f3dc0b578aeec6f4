import type { X509Certificate } from 'node:crypto'
import { instant, toRfc3339 } from '../../src/lib/instant.ts'
import { base64 } from './stored.ts'

// Objects as cert-manager 1.21 leaves them when it is stopped, in the words in which they are read back from a cluster.

/** Who applied it (`--field-manager`), and whether it is the status only. */
export interface Left {
  readonly by: string
  readonly part?: 'status'
  readonly yaml: string
}

/** A certificate with its key, as PEM. */
export interface LeftPair {
  readonly key: string
  readonly chain: string
  readonly ca: string
  readonly leaf: X509Certificate
  /** The CSR, as PEM. */
  readonly csr: string
}

export interface Owner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export const certManager = {
  issuing: 'cert-manager-certificates-issuing',
  readiness: 'cert-manager-certificates-readiness',
  trigger: 'cert-manager-certificates-trigger',
  keys: 'cert-manager-certificates-key-manager',
  requests: 'cert-manager-certificates-request-manager',
  orders: 'cert-manager-orders',
  challenges: 'cert-manager-challenges',
  issuers: 'cert-manager-issuers',
  shim: 'cert-manager-ingress-shim',
} as const

/** The status of an issuer that was set up, with what else its type writes there. */
export function readyIssuer(name: string, ready: { readonly reason: string; readonly message?: string }, acme = ''): Left {
  return {
    by: certManager.issuers,
    part: 'status',
    yaml: `
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: ${name}}
status:
  ${acme}
  conditions:
    - type: Ready
      status: "True"
      reason: ${ready.reason}
      ${ready.message === undefined ? '' : `message: ${ready.message}`}
      observedGeneration: 1
      lastTransitionTime: "2026-01-01T00:00:00Z"
`,
  }
}

/** The status of a Certificate that is issued; `more` is about what goes on besides. */
export function readyCertificate(name: string, { leaf }: LeftPair, revision: number, more = { conditions: '', status: '' }): Left {
  const [notBefore, notAfter] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)]
  return {
    by: certManager.readiness,
    part: 'status',
    yaml: `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: ${name}}
status:
  revision: ${revision}
  notBefore: "${at(notBefore)}"
  notAfter: "${at(notAfter)}"
  renewalTime: "${at(notAfter - (notAfter - notBefore) / 3)}"
  ${more.status}
  conditions:
    - type: Ready
      status: "True"
      reason: Ready
      message: Certificate is up to date and has not expired
      observedGeneration: 1
      lastTransitionTime: "${at(notBefore)}"
    ${more.conditions}
`,
  }
}

/** An issuance under way, as a condition and as the rest of a status. */
export const underWay = (nextKey: string) => ({
  status: `nextPrivateKeySecretName: ${nextKey}`,
  conditions: `- {type: Issuing, status: "True", reason: ManuallyTriggered, message: Certificate re-issuance manually triggered, observedGeneration: 1, lastTransitionTime: "2026-01-02T00:00:00Z"}`,
})

/** The status of a Certificate whose only try has failed a minute ago. */
export function failedCertificate(name: string, now: number): Left {
  const since = at(now - 60_000)
  return {
    by: certManager.issuing,
    part: 'status',
    yaml: `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: ${name}}
status:
  failedIssuanceAttempts: 1
  lastFailureTime: "${since}"
  conditions:
    - {type: Issuing, status: "False", reason: Failed, message: The certificate request has failed to complete and will be retried, observedGeneration: 1, lastTransitionTime: "${since}"}
    - {type: Ready, status: "False", reason: DoesNotExist, message: Issuing certificate as Secret does not exist, observedGeneration: 1, lastTransitionTime: "${since}"}
`,
  }
}

/** The Secret of an issued Certificate; `more` are further annotations, labels and data. */
export function issuedSecret(
  name: string,
  { key, chain, ca, leaf }: LeftPair,
  {
    issuer,
    annotations = '',
    labels = '',
    data = '',
  }: { readonly issuer: string; readonly annotations?: string; readonly labels?: string; readonly data?: string },
): Left {
  const names = (leaf.subjectAltName ?? '').replaceAll('DNS:', '').replaceAll(', ', ',')
  return {
    by: certManager.issuing,
    yaml: `
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata:
  name: ${name}
  labels:
    controller.cert-manager.io/fao: "true"
    ${labels}
  annotations:
    cert-manager.io/alt-names: ${names}
    cert-manager.io/certificate-name: ${name}
    cert-manager.io/common-name: ${leaf.subject.replace('CN=', '')}
    cert-manager.io/ip-sans: ""
    cert-manager.io/issuer-group: ""
    cert-manager.io/issuer-kind: Issuer
    cert-manager.io/issuer-name: ${issuer}
    cert-manager.io/uri-sans: ""
    ${annotations}
data:
  tls.key: ${base64(key)}
  tls.crt: ${base64(chain)}
  ${ca === '' ? '' : `ca.crt: ${base64(ca)}`}
  ${data}
`,
  }
}

/** The Secret with the key of an issuance under way. */
export function nextKeySecret(name: string, owner: Owner, { key }: LeftPair): Left {
  return {
    by: certManager.keys,
    yaml: `
apiVersion: v1
kind: Secret
type: Opaque
metadata:
  name: ${name}
  labels: {cert-manager.io/next-private-key: "true", controller.cert-manager.io/fao: "true"}
  ${ownedBy(owner)}
data: {tls.key: ${base64(key)}}
`,
  }
}

/** The CertificateRequest of a revision. */
export function request(
  name: string,
  owner: Owner,
  given: { readonly issuer: string; readonly revision: number; readonly keySecret: string; readonly csr: string },
): Left {
  return {
    by: certManager.requests,
    yaml: `
apiVersion: cert-manager.io/v1
kind: CertificateRequest
metadata:
  name: ${name}
  annotations:
    cert-manager.io/certificate-name: ${owner.name}
    cert-manager.io/certificate-revision: "${given.revision}"
    cert-manager.io/private-key-secret-name: ${given.keySecret}
  ${ownedBy(owner)}
spec:
  issuerRef: {kind: Issuer, name: ${given.issuer}}
  request: ${base64(given.csr)}
`,
  }
}

const approved = `- {type: Approved, status: "True", reason: cert-manager.io, message: Certificate request has been approved by cert-manager.io, lastTransitionTime: "2026-01-02T00:00:00Z"}`

/** The status of a CertificateRequest that was signed. */
export function issuedRequest(name: string, { chain, ca, leaf }: LeftPair): Left {
  return {
    by: certManager.requests,
    part: 'status',
    yaml: `
apiVersion: cert-manager.io/v1
kind: CertificateRequest
metadata: {name: ${name}}
status:
  certificate: ${base64(chain)}
  ${ca === '' ? '' : `ca: ${base64(ca)}`}
  conditions:
    ${approved}
    - {type: Ready, status: "True", reason: Issued, message: Certificate fetched from issuer successfully, lastTransitionTime: "${at(Date.parse(leaf.validFrom))}"}
`,
  }
}

/** The status of a CertificateRequest that waits. */
export function pendingRequest(name: string, message: string): Left {
  return {
    by: certManager.requests,
    part: 'status',
    yaml: `
apiVersion: cert-manager.io/v1
kind: CertificateRequest
metadata: {name: ${name}}
status:
  conditions:
    ${approved}
    - {type: Ready, status: "False", reason: Pending, message: '${message}', lastTransitionTime: "2026-01-02T00:00:00Z"}
`,
  }
}

/** `ownerReferences` of the controller. */
export function ownedBy({ apiVersion, kind, name, uid }: Owner): string {
  return `ownerReferences: [{apiVersion: ${apiVersion}, kind: ${kind}, name: ${name}, uid: ${uid}, controller: true, blockOwnerDeletion: true}]`
}

function at(milliseconds: number): string {
  return toRfc3339(instant(milliseconds))
}
