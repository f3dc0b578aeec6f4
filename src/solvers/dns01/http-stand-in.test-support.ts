import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseJson } from '../../acme/json.ts'
import type { ProviderHttp } from './dns-provider.ts'
import { createProviderHttp } from './provider-http.ts'

/** One request as a provider's server saw it. */
export interface SeenRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: unknown
}

export interface StandInAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, and as it is when it is a text. */
  readonly body?: unknown
  /** Never answers. */
  readonly silent?: boolean
}

export interface StandIn {
  readonly url: string
  readonly seen: readonly SeenRequest[]
  /** `METHOD path` of each request so far. */
  readonly asked: () => readonly string[]
  /** Our own client, led to this server whatever host is asked. */
  readonly http: ProviderHttp
  readonly close: () => Promise<void>
}

/** A server on this machine that answers as the documentation of a provider's API says: for providers that nobody can run at home. */
export async function startStandIn(answer: (request: SeenRequest) => StandInAnswer): Promise<StandIn> {
  const seen: SeenRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: text === '' ? undefined : (parseJson(text) ?? text),
      }
      seen.push(request)
      const { status, headers = {}, body, silent = false } = answer(request)
      if (silent) return
      outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
      outgoing.end(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${portOf(server.address())}`
  const real = createProviderHttp({ userAgent: 'certwright-test' })
  return {
    url,
    seen,
    asked: () => seen.map(({ method, path }) => `${method} ${path}`),
    http: { send: (request, signal) => real.send({ ...request, url: elsewhere(request.url, url) }, signal) },
    close: async () => {
      await real.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The path as it was asked for, dots and all, at the stand-in. */
function elsewhere(asked: string, url: string): string {
  return asked.replace(/^https?:\/\/[^/]+/, url)
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}
