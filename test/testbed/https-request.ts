import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'

export interface HttpsAnswer {
  readonly status: number
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

/** One request over a connection of its own; `options.ca` is the only CA that is trusted. Throws when there is no answer within 5 s (`timeout`). */
export function httpsRequest(
  url: string,
  options: Omit<RequestOptions, 'headers'> & { readonly headers?: Readonly<Record<string, string>>; readonly body?: string },
): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    // RFC 8555 §6.1: a client must send a User-Agent, and Pebble refuses those that do not.
    const headers = { 'user-agent': 'certwright-testbed' }
    const sent = request(url, { agent: false, timeout: 5_000, ...options, headers: { ...headers, ...options.headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), headers: response.headers }),
      )
      response.on('error', reject)
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url}`)))
    sent.on('error', reject)
    sent.end(options.body)
  })
}
