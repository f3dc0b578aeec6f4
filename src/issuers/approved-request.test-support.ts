import type { CertificateRequest } from '../crds/certificate-request.ts'
import { usagesOf } from '../pki/usages.ts'
import type { ApprovedRequest } from './signer.ts'

/** An approved CertificateRequest for this CSR (PEM); a test shows only what it is about. */
export function anApprovedRequest(csr: string, more: Partial<ApprovedRequest> = {}): ApprovedRequest {
  const origin: CertificateRequest = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'uid' },
    spec: { request: base64(csr), issuerRef: { name: 'issuer' } },
  }
  return {
    origin,
    namespace: 'shop',
    csr: origin.spec.request,
    duration: undefined,
    mayOutliveCa: false,
    bindsCsr: true,
    isCA: false,
    usages: usagesOf(undefined, { isCA: false }),
    issuerRef: origin.spec.issuerRef,
    keySecret: { annotation: 'cert-manager.io/private-key-secret-name', name: 'web-key' },
    ...more,
  }
}

/** As API objects hold bytes. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
