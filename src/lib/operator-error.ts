import type { Instant } from './instant.ts'

/** What the queue does with a failed reconcile: try again with back-off, at a known time, or not before something changes. */
export type Retry = { readonly kind: 'backoff' } | { readonly kind: 'at'; readonly at: Instant } | { readonly kind: 'never' }

/**
 * A failed effect, already translated from the foreign error by an adapter (kube, acme, a provider).
 * `code` is stable and is what tests assert; `message` is for people and holds no secret.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly code: string
  readonly retry: Retry

  constructor(code: string, message: string, options: { readonly retry?: Retry; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retry = options.retry ?? { kind: 'backoff' }
  }
}
