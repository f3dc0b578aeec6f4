import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import type { Address } from './options.ts'

/** Answers one GET request: a body as text, or undefined for 404. */
export type Answer = (request: { readonly path: string; readonly host: string }) => Promise<HttpAnswer | undefined>

export interface HttpAnswer {
  readonly status: number
  readonly body: string
  readonly contentType?: string
}

export interface RunningServer {
  /** The port, also when 0 was asked for; undefined when switched off. */
  readonly port: number | undefined
  readonly close: () => Promise<void>
}

/** Listens and answers. Rejects when the address cannot be had. Small limits: everybody in the cluster can reach these ports. */
export async function serve(address: Address, answer: Answer): Promise<RunningServer> {
  if (address.kind === 'off') return { port: undefined, close: () => Promise.resolve() }
  const server = createServer(
    { maxHeaderSize: 8_192, requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 },
    (request, response) => {
      void respond(request, response, answer)
    },
  )
  server.maxConnections = 2_000
  await listening(server, address)
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

async function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  request.resume()
  const found =
    request.method === 'GET' || request.method === 'HEAD' ? await answered(request, answer) : { status: 405, body: 'only GET\n' }
  const { status, body, contentType = 'text/plain; charset=utf-8' } = found ?? { status: 404, body: 'not found\n' }
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answered(request: IncomingMessage, answer: Answer): Promise<HttpAnswer | undefined> {
  try {
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    return await answer({ path, host: request.headers.host ?? '' })
  } catch {
    return { status: 500, body: 'the answer failed\n' }
  }
}

/** Resolves when a server listens there; rejects when the address cannot be had. */
export function listening(server: NetServer, { host, port }: { readonly host: string | undefined; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
