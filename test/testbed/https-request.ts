import { request } from 'node:https'
import type { RequestOptions } from 'node:https'

export interface HttpsAnswer {
  readonly status: number
  readonly body: string
}

/** One request over a connection of its own; `options.ca` is the only CA that is trusted. Throws when there is no answer within 5 s. */
export function httpsRequest(url: string, options: RequestOptions & { readonly body?: string }): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    // RFC 8555 §6.1: a client must send a User-Agent, and Pebble refuses those that do not.
    const headers = { 'user-agent': 'certwright-testbed' }
    const sent = request(url, { agent: false, timeout: 5_000, headers, ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      response.on('error', reject)
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url}`)))
    sent.on('error', reject)
    sent.end(options.body)
  })
}
