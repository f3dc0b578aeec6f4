import { parseRetryAfter } from '../../acme/retry-after.ts'
import type { Clock } from '../../lib/clock.ts'
import { systemClock } from '../../lib/clock.ts'
import { HOUR } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Retry } from '../../lib/operator-error.ts'
import { visibleText } from '../../lib/visible-text.ts'
import type { ProviderResponse } from './dns-provider.ts'

export interface Refusal {
  /** The provider, as people call it. */
  readonly api: string
  /** What was asked for: `list the zones named example.com`. */
  readonly asked: string
  /** The provider's own error code and message. Leave it out where the user chose the host: any server could be asked, and would be quoted. */
  readonly reason?: string
  readonly clock?: Clock
}

/** Whether the API did what was asked. */
export function isGranted({ status }: ProviderResponse): boolean {
  return status >= 200 && status <= 299
}

/**
 * What an answer means that is no success. The code is `dns01/` and one of `credentials`, `notFound`, `rateLimited`, `unavailable`,
 * `refused`. All are tried again, as Secrets, grants and zones are mended where no watch of ours sees it; at the time that the provider
 * names, if it names one.
 */
export function refusalOf(response: ProviderResponse, { api, asked, reason, clock = systemClock }: Refusal): OperatorError {
  const said = visibleText(reason ?? '')
  const { code, why } = meaningOf(response.status)
  const message = visibleText(`${api} did not ${asked}: HTTP ${response.status}, ${why}${said === '' ? '' : `: ${said}`}`)
  return new OperatorError(`dns01/${code}`, message, { retry: retryOf(response, clock) })
}

/** An answer with status 2xx that is not what the provider documents: a captive portal, a proxy's page, another server. */
export function senseless(api: string, asked: string): OperatorError {
  return new OperatorError('dns01/protocol', `${api} did not ${asked}: the answer is not what its API documents`)
}

function meaningOf(status: number): { readonly code: string; readonly why: string } {
  if (status === 401) return { code: 'credentials', why: 'the credentials are not accepted' }
  if (status === 403) return { code: 'credentials', why: 'the credentials may not do this' }
  if (status === 404) return { code: 'notFound', why: 'it does not exist, or the credentials may not see it' }
  if (status === 429) return { code: 'rateLimited', why: 'too many requests' }
  if (status >= 500) return { code: 'unavailable', why: 'a fault of the server' }
  if (status >= 300 && status <= 399) return { code: 'refused', why: 'a redirect, which is not followed' }
  return { code: 'refused', why: 'the request was refused' }
}

function retryOf(response: ProviderResponse, { now }: Clock): Retry {
  const asked = parseRetryAfter(response.header('retry-after'), now())
  // An hour is long enough for any provider, and short enough to survive a slip of one.
  return asked === undefined || asked > now() + HOUR ? { kind: 'backoff' } : { kind: 'at', at: asked }
}
