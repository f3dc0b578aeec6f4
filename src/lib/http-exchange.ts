import { request } from 'undici'
import type { Dispatcher } from 'undici'
import { HttpFault, httpFaultOf } from './http-fault.ts'

export interface HttpRequest {
  readonly url: URL
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

export interface ExchangeLimits {
  /** Holds the limits on connecting and on silence. */
  readonly dispatcher: Dispatcher
  /** In milliseconds, from the first byte out to the last byte in: a server that sends a byte now and then is never silent. */
  readonly wholeTimeout: number
  readonly maxBytes: number
}

/**
 * One request and its whole answer, whatever its status; redirects are not followed, as they would carry credentials to a place that
 * nobody named. Throws `HttpFault` when there is no answer, and the signal's reason when aborted.
 */
export async function httpExchange(outgoing: HttpRequest, limits: ExchangeLimits, signal: AbortSignal): Promise<HttpReply> {
  signal.throwIfAborted()
  const { host } = outgoing.url
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal.reason)
  const deadline = setTimeout(() => stop.abort(new HttpFault('timeout', `no whole answer from ${host} in time`)), limits.wholeTimeout)
  signal.addEventListener('abort', abort, { once: true })
  try {
    const response = await request(outgoing.url, {
      dispatcher: limits.dispatcher,
      method: outgoing.method,
      headers: outgoing.headers,
      signal: stop.signal,
      ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
    })
    const body = await readCapped(response.body, { host, maxBytes: limits.maxBytes })
    return { status: response.statusCode, headers: response.headers, body }
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason
    throw httpFaultOf(error, host)
  } finally {
    clearTimeout(deadline)
    signal.removeEventListener('abort', abort)
  }
}

async function readCapped(body: AsyncIterable<Uint8Array>, cap: { readonly host: string; readonly maxBytes: number }): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > cap.maxBytes) throw new HttpFault('protocol', `${cap.host} answered with more than ${cap.maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
