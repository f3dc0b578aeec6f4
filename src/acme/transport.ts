import type { Dispatcher } from 'undici'
import { httpExchange } from '../lib/http-exchange.ts'
import { HttpFault } from '../lib/http-fault.ts'
import { SECOND } from '../lib/instant.ts'
import { AcmeError } from './acme-error.ts'
import { createDispatcher, usualTimeouts } from './dispatcher.ts'
import type { AcmeEndpoint, HttpProxy, Timeouts } from './dispatcher.ts'
import { hostRules } from './host-rules.ts'
import type { HostRules } from './host-rules.ts'

/** One HTTP request, for metrics. `status` is `999` when there was no answer, as dashboards know it. */
export interface AcmeRequestSample {
  readonly scheme: string
  readonly host: string
  readonly action: AcmeAction
  readonly method: string
  readonly status: string
  readonly seconds: number
}

/** What a request was for: the values of the metrics' `action` label. The last four are ours, the others cert-manager's. */
export type AcmeAction =
  | 'discover'
  | 'register_account'
  | 'get_registration'
  | 'update_registration'
  | 'authorize_order'
  | 'get_order'
  | 'create_order_cert'
  | 'get_authorization'
  | 'get_challenge'
  | 'accept_challenge'
  | 'fetch_cert'
  | 'get_renewal_info'
  | 'change_key'
  | 'deactivate_account'
  | 'deactivate_authorization'
  | 'revoke_cert'

export interface AcmeRequest {
  readonly action: AcmeAction
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly url: string
  readonly body?: string
  readonly accept?: string
  /** The largest answer that is read; a mebibyte when not given. */
  readonly maxBytes?: number
}

export interface AcmeReply {
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

/** Whether the server did what was asked. */
export function isSuccess(reply: AcmeReply): boolean {
  return reply.status >= 200 && reply.status <= 299
}

/** Carries requests to one CA over connections of its own. */
export interface Transport {
  /** Any answer is a reply, whatever its status, and redirects are not followed. Throws `AcmeError` when there is none. */
  readonly send: (request: AcmeRequest, signal: AbortSignal) => Promise<AcmeReply>
  readonly close: () => Promise<void>
}

export interface TransportOptions {
  readonly endpoint: AcmeEndpoint
  readonly proxy?: HttpProxy
  readonly userAgent: string
  readonly connections: number
  readonly timeouts?: Timeouts
  readonly observe?: (sample: AcmeRequestSample) => void
}

/**
 * A transport with its own trust, time limits and size caps. It speaks to https URLs only (RFC 8555 §6.1), to no host that the CA has no
 * business to name, and follows no redirect, which would carry a signed request to a place that nobody named.
 */
export function createTransport({ userAgent, observe, ...options }: TransportOptions): Transport {
  const timeouts = options.timeouts ?? usualTimeouts
  const rules = hostRules(options.endpoint.directoryUrl)
  const dispatcher = createDispatcher({ ...options, timeouts, lookup: rules.lookup })
  return {
    send: async (outgoing, signal) => {
      const url = allowedUrl(outgoing.url, rules)
      const startedAt = performance.now()
      const tell = (status: string): void =>
        observe?.({
          scheme: 'https',
          host: url.host,
          action: outgoing.action,
          method: outgoing.method,
          status,
          seconds: (performance.now() - startedAt) / SECOND,
        })
      try {
        const reply = await exchange(outgoing, { url, dispatcher, userAgent, wholeTimeout: timeouts.whole, signal })
        tell(String(reply.status))
        return reply
      } catch (error) {
        tell(NO_ANSWER)
        throw error
      }
    },
    close: () => dispatcher.close(),
  }
}

const MEBIBYTE = 1024 * 1024
const NO_ANSWER = '999'

/** URLs come from the user and from the CA's answers; over http neither the nonce nor a metadata service would be safe. */
function allowedUrl(text: string, rules: HostRules): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.protocol !== 'https:') {
    throw new AcmeError('acme/protocol', `${text.slice(0, 200)} is not an https URL, which ACME needs`)
  }
  const refusal = rules.refusalOf(url)
  if (refusal !== undefined) throw new AcmeError('acme/protocol', refusal)
  return url
}

/** An answer, or an `AcmeError` that says why there is none. Aborting throws the signal's reason. */
async function exchange(outgoing: AcmeRequest, { url, signal, ...options }: ExchangeOptions): Promise<AcmeReply> {
  try {
    const { status, headers, body } = await httpExchange(
      {
        url,
        method: outgoing.method,
        headers: headersOf(outgoing, options.userAgent),
        ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
      },
      { dispatcher: options.dispatcher, wholeTimeout: options.wholeTimeout, maxBytes: outgoing.maxBytes ?? MEBIBYTE },
      signal,
    )
    return { url: url.href, status, headers, body }
  } catch (error) {
    if (!(error instanceof HttpFault)) throw error
    throw new AcmeError(`acme/${error.kind}`, error.message, { cause: error.cause })
  }
}

interface ExchangeOptions {
  readonly url: URL
  readonly dispatcher: Dispatcher
  readonly userAgent: string
  readonly wholeTimeout: number
  readonly signal: AbortSignal
}

function headersOf(outgoing: AcmeRequest, userAgent: string): Record<string, string> {
  return {
    'user-agent': userAgent,
    accept: outgoing.accept ?? 'application/json, application/problem+json',
    ...(outgoing.body === undefined ? {} : { 'content-type': 'application/jose+json' }),
  }
}
