import type { KeyObject } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { accountCalls, accountKeyOf } from './account-calls.ts'
import type { Account, NewAccount } from './account.ts'
import type { AcmeChallenge, Authorization } from './authorization.ts'
import { certificateCalls } from './certificate-calls.ts'
import { withCircuitBreaker } from './circuit-breaker.ts'
import type { Directory } from './directory.ts'
import type { AcmeEndpoint, HttpProxy } from './dispatcher.ts'
import { createInFlightLimit } from './in-flight-limit.ts'
import { keyAuthorizationOf } from './key-authorization.ts'
import { orderCalls } from './order-calls.ts'
import type { AcmeOrder, NewOrder } from './order.ts'
import type { RenewalInfo } from './renewal-info.ts'
import { createSession } from './session.ts'
import type { Identity } from './session.ts'
import { createTransport } from './transport.ts'
import type { AcmeRequestSample } from './transport.ts'

/**
 * One account at one CA. Every call that fails throws an `AcmeError`; aborting throws the signal's reason.
 * No call is repeated behind the caller's back (except after badNonce, which the CA refuses before it acts), so an answer that was
 * lost is the caller's to recover: read the order, look the account up, create the order again.
 */
export interface AcmeClient {
  /** What the CA offers; kept for an hour. */
  readonly directory: (signal: AbortSignal) => Promise<Directory>

  /** Registers the key and agrees to the terms, or finds the account that the key has already. */
  readonly createAccount: (input: NewAccount, signal: AbortSignal) => Promise<Account>
  readonly account: (signal: AbortSignal) => Promise<Account>
  readonly updateAccount: (input: { readonly contact: readonly string[] }, signal: AbortSignal) => Promise<Account>
  /** Rolls the account over to another key; this client signs with it from then on. */
  readonly changeKey: (newKey: KeyObject, signal: AbortSignal) => Promise<void>
  /** For good: an account that is deactivated never comes back. */
  readonly deactivateAccount: (signal: AbortSignal) => Promise<Account>

  readonly createOrder: (input: NewOrder, signal: AbortSignal) => Promise<AcmeOrder>
  readonly order: (url: string, signal: AbortSignal) => Promise<AcmeOrder>
  /** Sends the CSR. If the answer is lost, read the order: the CA may have acted. */
  readonly finalize: (
    order: { readonly url: string; readonly finalize: string },
    csrDer: Uint8Array,
    signal: AbortSignal,
  ) => Promise<AcmeOrder>

  readonly authorization: (url: string, signal: AbortSignal) => Promise<Authorization>
  readonly deactivateAuthorization: (url: string, signal: AbortSignal) => Promise<Authorization>
  readonly challenge: (url: string, signal: AbortSignal) => Promise<AcmeChallenge>
  /** Tells the CA that we are ready to be checked. */
  readonly acceptChallenge: (url: string, signal: AbortSignal) => Promise<AcmeChallenge>

  /** The chain as PEM, and the URLs of the other chains that the CA has for it. */
  readonly certificate: (url: string, signal: AbortSignal) => Promise<IssuedChain>
  /** `certId` from `ariCertId`. Throws `acme/unsupported` where the directory has no `renewalInfo`. */
  readonly renewalInfo: (certId: string, signal: AbortSignal) => Promise<RenewalInfo>
  /** Revoking what is revoked already succeeds. With `certificateKey` the certificate's own key signs, and no account is needed. */
  readonly revoke: (certificateDer: Uint8Array, input: Revocation, signal: AbortSignal) => Promise<void>

  /** What proves control of an identifier for a challenge's token (RFC 8555 §8.1). */
  readonly keyAuthorization: (token: string) => string
  /** Of the account key (RFC 7638). */
  readonly thumbprint: () => string
  /** Lets requests under way end, then closes the connections. */
  readonly close: () => Promise<void>
}

export interface IssuedChain {
  /** Leaf first, PEM blocks only. */
  readonly chain: string
  readonly alternates: readonly string[]
}

export interface Revocation {
  /** RFC 5280 §5.3.1. */
  readonly reason?: number
  readonly certificateKey?: KeyObject
}

export interface AcmeClientOptions {
  readonly endpoint: AcmeEndpoint
  readonly proxy?: HttpProxy
  readonly accountKey: KeyObject
  readonly accountUrl?: string
  readonly userAgent: string
  readonly clock: Clock
  readonly observe?: (sample: AcmeRequestSample) => void
}

export type { AcmeEndpoint } from './dispatcher.ts'
export type { AcmeRequestSample } from './transport.ts'

/** A client with its own connections and nonces. Sends nothing yet. Throws `acme/unsupported` for a key that cannot sign ACME requests. */
export function createAcmeClient({ accountKey, accountUrl, clock, ...options }: AcmeClientOptions): AcmeClient {
  const identity: Identity = { key: accountKeyOf(accountKey), accountUrl }
  const transport = withCircuitBreaker(createTransport({ ...options, connections: IN_FLIGHT }), clock)
  const limit = createInFlightLimit(IN_FLIGHT)
  const session = createSession({ transport, limit, directoryUrl: options.endpoint.directoryUrl, identity, clock })
  return {
    directory: session.directory,
    ...accountCalls(session),
    ...orderCalls(session),
    ...certificateCalls(session),
    keyAuthorization: (token) => keyAuthorizationOf(token, identity.key),
    thumbprint: () => identity.key.thumbprint,
    close: () => transport.close(),
  }
}

/** Requests of one account under way at once: enough to keep a CA busy, few enough that hundreds of challenges do not flood it. */
const IN_FLIGHT = 16
