import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { once } from 'node:events'

export interface SeenRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
}

export interface FaultAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Stands in front of a real API server and spoils what a network, a load balancer or the server itself may spoil. */
export interface FaultProxy extends AsyncDisposable {
  /** Plain HTTP, so that what is written in the requests can be judged; towards the API server it speaks TLS. */
  readonly url: string
  /** Every request so far. */
  readonly seen: readonly SeenRequest[]
  /** Answers in the place of the server; undefined passes the request on. */
  readonly answerWith: (answer: ((request: SeenRequest) => FaultAnswer | undefined) | undefined) => void
  /** Changes the path and query of what is passed on. */
  readonly rewriteWith: (rewrite: ((path: string) => string) | undefined) => void
  /** Resets the connection after so many bytes of each answer that `matches`; undefined: no longer. */
  readonly cutAfter: (cut: { readonly bytes: number; readonly matches: (request: SeenRequest) => boolean } | undefined) => void
  /** Not a byte moves any more, old connections stay open, new ones are accepted: a half-open network. */
  readonly freeze: () => void
  readonly thaw: () => void
  /** Resets every connection and refuses new ones, until `allow`. */
  readonly refuse: () => void
  readonly allow: () => void
  /** Resets every connection. */
  readonly reset: () => void
  readonly stop: () => Promise<void>
}

/** Starts the proxy on a free port of 127.0.0.1. `ca` is the PEM of the CA of `upstream`. */
export async function startFaultProxy(options: { readonly upstream: string; readonly ca: string }): Promise<FaultProxy> {
  const seen: SeenRequest[] = []
  const faults: Faults = {}
  const agent = new Agent({ ca: options.ca, keepAlive: true })
  const inner = createHttpServer((request, response) => {
    const one = { method: request.method ?? '', path: request.url ?? '' }
    seen.push(one)
    const answer = faults.answer?.(one)
    if (answer === undefined) passOn(request, response, { upstream: options.upstream, agent, faults, one })
    else response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  await listen(inner)
  const wires = startWires(portOf(inner))
  await listen(wires.server)

  const stop = async (): Promise<void> => {
    wires.reset()
    wires.server.close()
    inner.closeAllConnections()
    inner.close()
    agent.destroy()
  }
  return {
    url: `http://127.0.0.1:${portOf(wires.server)}`,
    seen,
    answerWith: (answer) => {
      faults.answer = answer
    },
    rewriteWith: (rewrite) => {
      faults.rewrite = rewrite
    },
    cutAfter: (cut) => {
      faults.cut = cut
    },
    freeze: wires.freeze,
    thaw: wires.thaw,
    refuse: wires.refuse,
    allow: wires.allow,
    reset: wires.reset,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface Faults {
  answer?: ((request: SeenRequest) => FaultAnswer | undefined) | undefined
  rewrite?: ((path: string) => string) | undefined
  cut?: { readonly bytes: number; readonly matches: (request: SeenRequest) => boolean } | undefined
}

interface Passage {
  readonly upstream: string
  readonly agent: Agent
  readonly faults: Faults
  readonly one: SeenRequest
}

function passOn(request: IncomingMessage, response: ServerResponse, { upstream, agent, faults, one }: Passage): void {
  const path = faults.rewrite?.(one.path) ?? one.path
  const { host: _, ...headers } = request.headers
  const onward = httpsRequest(`${upstream}${path}`, { method: request.method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    response.flushHeaders() // a quiet watch has nothing else to send
    let left = faults.cut?.matches(one) === true ? faults.cut.bytes : Number.POSITIVE_INFINITY
    answer.on('data', (chunk: Buffer) => {
      response.write(chunk.subarray(0, Math.min(left, chunk.length)))
      left -= chunk.length
      if (left <= 0) {
        // Only after the bytes are out: a reset would take them along.
        response.write('', () => request.socket.end(() => request.socket.destroy()))
        onward.destroy()
      }
    })
    answer.on('end', () => response.end())
    answer.on('error', () => request.socket.destroy())
  })
  onward.on('error', () => request.socket.destroy())
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}

interface Wires {
  readonly server: Server
  readonly freeze: () => void
  readonly thaw: () => void
  readonly refuse: () => void
  readonly allow: () => void
  readonly reset: () => void
}

/** The TCP part: carries bytes to the inner port, or does not. */
function startWires(innerPort: number): Wires {
  const sockets = new Set<Socket>()
  let isFrozen = false
  let isRefusing = false

  function carry(from: Socket, to: Socket): void {
    sockets.add(from)
    if (isFrozen) from.pause()
    from.on('data', (bytes) => void to.write(bytes))
    from.on('error', () => to.destroy())
    from.on('end', () => to.end())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }

  const server = createServer((client) => {
    if (isRefusing) {
      client.resetAndDestroy()
      return
    }
    const inner = connect(innerPort, '127.0.0.1')
    carry(client, inner)
    carry(inner, client)
    if (isFrozen) for (const socket of [client, inner]) socket.pause()
  })
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    server,
    reset,
    freeze: () => {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw: () => {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
    refuse: () => {
      isRefusing = true
      reset()
    },
    allow: () => {
      isRefusing = false
    },
  }
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
