import type { Certificate, CertificateStatus } from '../../crds/certificate.ts'
import type { Instant } from '../../lib/instant.ts'
import type { CurrentCa } from './current-ca.ts'
import type { PastEffort } from './issuance-history.ts'
import type { RenewalSuggestion } from './renewal-suggestion.ts'
import type { StoredSecret } from './stored-secret.ts'
import type { Wanted } from './wanted.ts'

/** Everything that the decision about one Certificate may know, parsed. It is logged, so it holds no key material. */
export interface World {
  readonly certificate: Certificate
  readonly wanted: Wanted
  /** The Certificate that may write the Secret: of several that name the same one, only one. */
  readonly secretOwner: string
  /** The Secret named by `spec.secretName`; undefined when there is none. */
  readonly stored: StoredSecret | undefined
  /** CertificateRequests controlled by this Certificate (by UID). */
  readonly requests: readonly OwnedRequest[]
  /** Secrets with a key for an issuance under way, controlled by this Certificate. */
  readonly nextKeys: readonly NextKey[]
  /** The name that the status gives to the next key belongs to a Secret of somebody else. */
  readonly isNextKeyNameTaken: boolean
  /** The CA of the issuer, where the Certificate follows a change of it. */
  readonly currentCa: CurrentCa | undefined
  /** What was done for this Certificate in the last day, by this process. */
  readonly efforts: readonly PastEffort[]
  /** When the CA wants the stored certificate to be renewed; undefined: it does not say. */
  readonly suggestion: RenewalSuggestion | undefined
  /** What the CA has said about the stored certificate, and the status may not say yet. */
  readonly heard: Heard | undefined
  readonly settings: CertificateSettings
}

/** As the status has it. */
export type Heard = NonNullable<NonNullable<CertificateStatus['acme']>['ari']>

/** What the flags say about every Certificate. Durations in milliseconds. */
export interface CertificateSettings {
  readonly minimumBackoff: number
  readonly maximumBackoff: number
  /** `--enable-certificate-owner-ref`: the Secret goes when its Certificate goes. */
  readonly ownsSecret: boolean
  /** `--copied-annotation-prefixes`. */
  readonly copiedAnnotationPrefixes: readonly string[]
  /** The gate `UseCertificateRequestBasicConstraints`. */
  readonly encodesBasicConstraints: boolean
}

export interface NextKey {
  readonly name: string
  readonly uid: string
  readonly key:
    | { readonly kind: 'ok'; readonly publicKeyFingerprint: string; readonly fitsSpec: boolean }
    | { readonly kind: 'unreadable'; readonly why: string }
}

export interface OwnedRequest {
  readonly name: string
  readonly uid: string
  /** From the annotation; undefined when it is missing or no number. */
  readonly revision: number | undefined
  /** The CSR's key; undefined when the CSR does not parse. */
  readonly publicKeyFingerprint: string | undefined
  /** Fields of the Certificate that this request no longer agrees with; undefined when the CSR does not parse. */
  readonly violations: readonly string[] | undefined
  readonly state: RequestState
}

export type RequestState =
  | { readonly kind: 'pending'; readonly message: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string; readonly failedAt: Instant | undefined }
  | { readonly kind: 'issued'; readonly leaf: IssuedLeaf; readonly issuedAt: Instant | undefined }

/** The certificate that a request brought, as far as the decision needs it. */
export type IssuedLeaf =
  | { readonly kind: 'ok'; readonly chainFingerprint: string; readonly publicKeyFingerprint: string; readonly notAfter: Instant }
  | { readonly kind: 'unreadable'; readonly why: string }
