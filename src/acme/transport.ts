import { request } from 'undici'
import type { Dispatcher } from 'undici'
import { SECOND } from '../lib/instant.ts'
import { AcmeError } from './acme-error.ts'
import { createDispatcher, usualTimeouts } from './dispatcher.ts'
import type { AcmeEndpoint, HttpProxy, Timeouts } from './dispatcher.ts'
import { faultOf } from './fault.ts'

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
 * A transport with its own trust, time limits and size caps. It speaks to https URLs only (RFC 8555 §6.1), and follows no redirect,
 * which would carry a signed request to a place that nobody named.
 */
export function createTransport({ userAgent, observe, ...options }: TransportOptions): Transport {
  const timeouts = options.timeouts ?? usualTimeouts
  const dispatcher = createDispatcher({ ...options, timeouts })
  return {
    send: async (outgoing, signal) => {
      const url = httpsUrl(outgoing.url)
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
function httpsUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.protocol !== 'https:') {
    throw new AcmeError('acme/protocol', `${text.slice(0, 200)} is not an https URL, which ACME needs`)
  }
  return url
}

interface ExchangeOptions {
  readonly url: URL
  readonly dispatcher: Dispatcher
  readonly userAgent: string
  readonly wholeTimeout: number
  readonly signal: AbortSignal
}

async function exchange(outgoing: AcmeRequest, { url, dispatcher, userAgent, wholeTimeout, signal }: ExchangeOptions): Promise<AcmeReply> {
  signal.throwIfAborted()
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal.reason)
  const deadline = setTimeout(() => stop.abort(new AcmeError('acme/timeout', `no whole answer from ${url.host} in time`)), wholeTimeout)
  signal.addEventListener('abort', abort, { once: true })
  try {
    const response = await request(url, {
      dispatcher,
      method: outgoing.method,
      signal: stop.signal,
      headers: headersOf(outgoing, userAgent),
      ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
    })
    const body = await readCapped(response.body, { host: url.host, maxBytes: outgoing.maxBytes ?? MEBIBYTE })
    return { url: url.href, status: response.statusCode, headers: response.headers, body }
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason
    throw faultOf(error, url.host)
  } finally {
    clearTimeout(deadline)
    signal.removeEventListener('abort', abort)
  }
}

function headersOf(outgoing: AcmeRequest, userAgent: string): Record<string, string> {
  return {
    'user-agent': userAgent,
    accept: outgoing.accept ?? 'application/json, application/problem+json',
    ...(outgoing.body === undefined ? {} : { 'content-type': 'application/jose+json' }),
  }
}

async function readCapped(body: AsyncIterable<Uint8Array>, cap: { readonly host: string; readonly maxBytes: number }): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > cap.maxBytes) throw new AcmeError('acme/protocol', `${cap.host} answered with more than ${cap.maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
