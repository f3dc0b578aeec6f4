import type { ClusterIssuer, Issuer } from '../crds/issuer.ts'
import type { IssuerReference } from '../crds/references.ts'
import type { KubeObject } from '../crds/resource.ts'
import type { Instant } from '../lib/instant.ts'
import type { UsagesReading } from '../pki/usages.ts'

export type AnyIssuer = Issuer | ClusterIssuer

/** What somebody asks an issuer to sign and somebody has approved: made of a CertificateRequest or of a Kubernetes CertificateSigningRequest. */
export interface ApprovedRequest {
  /** The object that asks: Events are about it, and it owns what is made for it. */
  readonly origin: KubeObject
  /** Where the Secrets are that it names, and where is put what is made for it. */
  readonly namespace: string
  /** The CSR as PEM, base64. */
  readonly csr: string
  /** Milliseconds; undefined: it does not say. */
  readonly duration: number | undefined
  /** Whether the lifetime is the requester's own word, so that it is signed although the CA expires before. */
  readonly mayOutliveCa: boolean
  /** Whether a CSR that asks for something else than was approved is refused whoever signs; a CA of ours refuses it in any case. */
  readonly bindsCsr: boolean
  readonly isCA: boolean
  readonly usages: UsagesReading
  readonly issuerRef: IssuerReference
  /** The Secret with the private key that the CSR was made with, for who signs with that; and the annotation that names it. */
  readonly keySecret: { readonly annotation: string; readonly name: string }
}

/** How one type of issuer answers an approved request. One folder under `issuers/` each. */
export interface Signer {
  /** Signing has no effect outside until its outcome is written, so approval may be part of the same write. */
  readonly isLocal: boolean
  /** What a request is going to wait for once it is signed outside, in the words of the pending outcome, so that its approval can say it already. */
  readonly awaits?: (request: ApprovedRequest, issuer: AnyIssuer) => string | undefined
  /**
   * One step towards the certificate; safe to repeat. A refusal is a value. Throws only for a failed effect
   * (API server, CA out of reach), which the queue retries.
   */
  readonly sign: (request: ApprovedRequest, issuer: AnyIssuer, signal: AbortSignal) => Promise<SignOutcome>
  /** Ends what `sign` began outside for the object that asks, because another issuer is asked instead; safe to repeat. */
  readonly abandon?: (origin: KubeObject, signal: AbortSignal) => Promise<void>
}

/** `reason` is one of contract reasons (Events); `message` is for people. */
export type SignOutcome =
  | {
      readonly kind: 'issued'
      /** PEM, as is `ca`. */
      readonly certificate: string
      readonly ca: string | undefined
      /** The expiry of the CA, where the certificate outlives it. */
      readonly outlives?: Instant
    }
  | {
      readonly kind: 'pending'
      readonly reason: string
      readonly message: string
      readonly wakeAt?: Instant
      /** What the request waits for has begun only now, which is worth an Event although the status may say it already. */
      readonly isBeginning?: true
      /** Why nothing moves, where that is the issuer's own fault. */
      readonly hindrance?: Hindrance
    }
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly message: string
      /** A proof of control failed, which says more about the user's network than about the issuer. */
      readonly isValidation?: boolean
    }

/** What keeps an issuer from answering. `until`: it says itself when that is over. */
export interface Hindrance {
  readonly cause: 'Outage' | 'RateLimit'
  readonly why: string
  readonly until?: Instant
}

/** How one type of issuer gets ready: an account registered, a CA key pair checked. */
export interface IssuerSetup {
  /** Safe to repeat. What a user can put right is a value; throws only for a failed effect. */
  readonly setUp: (issuer: AnyIssuer, signal: AbortSignal) => Promise<SetupOutcome>
}

export interface SetupOutcome {
  readonly ready: boolean
  readonly reason: string
  readonly message: string
  /** The ACME part of the status, where the issuer has one. */
  readonly acme?: { readonly uri?: string; readonly lastRegisteredEmail?: string; readonly lastPrivateKeyHash?: string }
  /** What else is known, beside whether it is Ready. Conditions of our own that are missing here are taken away. */
  readonly conditions?: readonly SetupCondition[]
  /** When to try or check again though nothing changed; undefined: only on a change. */
  readonly wakeAt?: Instant
}

export interface SetupCondition {
  /** One of `ownIssuerConditions`. */
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}
