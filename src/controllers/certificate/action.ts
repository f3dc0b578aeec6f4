import type { CertificateStatus } from '../../crds/certificate.ts'
import type { Step } from './status.ts'

export type Action =
  | { readonly do: 'set-status'; readonly status: CertificateStatus; readonly step: Step }
  | { readonly do: 'create-next-key'; readonly secretName: string; readonly from: 'new' | 'stored' }
  | { readonly do: 'delete-next-key'; readonly secretName: string; readonly uid: string }
  | { readonly do: 'create-request'; readonly name: string; readonly revision: number; readonly key: KeySecret }
  | { readonly do: 'delete-request'; readonly name: string; readonly uid: string }
  | { readonly do: 'store-temporary-certificate'; readonly key: KeySecret }
  | { readonly do: 'store-key-pair'; readonly requestName: string; readonly key: KeySecret }
  | { readonly do: 'repair-secret'; readonly drift: string }
  | { readonly do: 'warn'; readonly reason: string; readonly message: string }

/** The Secret with the private key of the issuance. */
export interface KeySecret {
  readonly name: string
  readonly uid: string
  /** The key that the decision was made for: somebody may put another one into the Secret. */
  readonly publicKeyFingerprint: string
}
