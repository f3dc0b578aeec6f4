import type { ApiCall } from '../../kube/cluster.ts'
import type { Redacted } from '../../lib/redacted.ts'

/**
 * One DNS API that can hold the TXT records of challenges. It knows no Challenge and no Issuer, and never waits for propagation.
 * Both calls are safe to repeat and throw an `OperatorError` whose message is a sentence for the user, without secrets and without
 * the body of the answer.
 */
export interface DnsProvider {
  /**
   * Adds one value to the TXT record set of `record.name` and leaves every other value in place: a name and its wildcard are proved by
   * two values of one record set at the same time (RFC 8555 §8.4).
   */
  readonly publish: (record: TxtRecord, signal: AbortSignal) => Promise<void>
  /** Takes this one value away again; it may be gone already. */
  readonly withdraw: (record: TxtRecord, signal: AbortSignal) => Promise<void>
  /** Whether all servers of the provider have the last change, where its API tells. Without this, or an answer, only DNS is asked. */
  readonly isSettled?: (record: TxtRecord, signal: AbortSignal) => Promise<boolean | undefined>
}

/** Names are lowercase and have no trailing dot. */
export interface TxtRecord {
  /** Where the record goes: `_acme-challenge.example.com`, or what a CNAME there points at. */
  readonly name: string
  /** The zone that holds `name`, found by its SOA. */
  readonly zone: string
  readonly value: string
  /** The domain that is proved, without `_acme-challenge.` and `*.`; differs from `name` where a CNAME leads elsewhere. */
  readonly dnsName: string
}

/** Makes a provider of what an issuer says. Called for each change, so that a new Secret counts at once; SDKs are loaded here. */
export type OpenDnsProvider<Config> = (config: Config, access: ProviderAccess, signal: AbortSignal) => Promise<DnsProvider>

/** What a provider may know of the cluster, and how it gets out. */
export interface ProviderAccess {
  /** Where the Secrets and service accounts of the issuer are. */
  readonly namespace: string
  /** Whether credentials may be used that the process finds by itself: environment, metadata service, mounted tokens. */
  readonly isAmbientAllowed: boolean
  /** The variables of our own process; none unless `isAmbientAllowed`. */
  readonly environment: Environment
  /** One value of a Secret in `namespace`. Throws an `OperatorError` that names the Secret and the key when there is none. */
  readonly secret: (ref: SecretKey, signal: AbortSignal) => Promise<Redacted<string>>
  /** A short-lived token of a service account in `namespace` (TokenRequest). */
  readonly serviceAccountToken: (name: string, audiences: readonly string[], signal: AbortSignal) => Promise<Redacted<string>>
  /** POSTs to an aggregated API of the cluster, as the operator. Throws `KubeApiError`. */
  readonly callApi: (call: ApiCall, signal: AbortSignal) => Promise<unknown>
  readonly http: ProviderHttp
}

export type Environment = Readonly<Record<string, string | undefined>>

export interface SecretKey {
  readonly name: string
  readonly key: string
}

/** Plain HTTPS to the API of a provider, with limits on time and size. */
export interface ProviderHttp {
  /**
   * Any answer is a value, whatever its status; `body` is the parsed JSON, or undefined when it is none.
   * Throws an `OperatorError` when there is no answer.
   */
  readonly send: (request: ProviderRequest, signal: AbortSignal) => Promise<ProviderResponse>
}

export interface ProviderRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  /** Values may hold credentials and are never shown. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a text as it is, with the `content-type` that `headers` name. */
  readonly body?: unknown
}

export interface ProviderResponse {
  readonly status: number
  readonly body: unknown
  /** The body as it came, for what is no JSON. Never shown. */
  readonly text: string
  readonly header: (name: string) => string | undefined
}
