import { once } from 'node:events'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { createServer, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { claimLoopbackAddress } from '../testbed/addresses.ts'
import { newAuthority } from '../testbed/certificates.ts'
import type { Pebble } from './acme-pebble.ts'

/** What goes wrong with one request. */
export type Fault =
  /** The proxy answers, Pebble never sees the request. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body?: string }
  /** The connection is reset before anything was answered. */
  | { readonly kind: 'reset' }
  /** The answer stops in the middle. */
  | { readonly kind: 'half-body' }
  /** The connection stays, and nothing is ever said. */
  | { readonly kind: 'silence' }
  /** A byte every few milliseconds, and no end. */
  | { readonly kind: 'drip' }
  /** Pebble acts, its answer is lost. */
  | { readonly kind: 'lost-answer' }
  /** Pebble acts, its answer is changed on the way back. */
  | { readonly kind: 'rewritten'; readonly rewrite: (body: string) => string }

/** A TLS-terminating proxy in front of Pebble. Pebble builds its URLs from the Host header, so all traffic stays on the proxy. */
export interface FaultProxy extends AsyncDisposable {
  readonly directoryUrl: string
  readonly caPem: string
  /** The next request whose path starts so goes wrong. */
  readonly breakNext: (pathPrefix: string, fault: Fault) => void
  /** Every request whose path starts so goes wrong, until the returned function is called. */
  readonly breakAll: (pathPrefix: string, fault: Fault) => () => void
  /** Lets requests come in but answers none until the returned function is called. */
  readonly hold: () => () => void
  /** `POST /order-plz` and the like, in order. */
  readonly seen: string[]
  /** The most requests that were ever under way at once. */
  readonly mostAtOnce: () => number
}

/** Starts a proxy. Throws when its address is taken. */
export async function startFaultProxy(pebble: Pebble): Promise<FaultProxy> {
  const { address, release } = await claimLoopbackAddress()
  const authority = await newAuthority('proxy-ca')
  const front = await authority.sign('CN=proxy', [address])
  const faults: { readonly pathPrefix: string; readonly fault: Fault }[] = []
  let lasting: { readonly pathPrefix: string; readonly fault: Fault } | undefined
  const seen: string[] = []
  const underWay = { now: 0, most: 0 }
  let held: Promise<void> | undefined

  const server = createServer({ key: front.privateKey, cert: front.certificate }, async (incoming, outgoing) => {
    const path = incoming.url ?? ''
    seen.push(`${incoming.method} ${path}`)
    underWay.now += 1
    underWay.most = Math.max(underWay.most, underWay.now)
    outgoing.once('close', () => {
      underWay.now -= 1
    })
    await held
    const index = faults.findIndex(({ pathPrefix }) => path.startsWith(pathPrefix))
    const [planned] = index < 0 ? [] : faults.splice(index, 1)
    const always = lasting !== undefined && path.startsWith(lasting.pathPrefix) ? lasting.fault : undefined
    answer(incoming, outgoing, { pebble, fault: planned?.fault ?? always })
  })
  server.listen(0, address)
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port')
  return {
    directoryUrl: `https://${address}:${bound.port}/dir`,
    caPem: authority.certificate,
    breakNext: (pathPrefix, fault) => faults.push({ pathPrefix, fault }),
    breakAll: (pathPrefix, fault) => {
      lasting = { pathPrefix, fault }
      return () => {
        lasting = undefined
      }
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    seen,
    mostAtOnce: () => underWay.most,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      release()
    },
  }
}

function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  how: { readonly pebble: Pebble; readonly fault: Fault | undefined },
): void {
  const { pebble, fault } = how
  switch (fault?.kind) {
    case 'reset':
      incoming.socket.destroy()
      return
    case 'answer':
      incoming.resume()
      outgoing.writeHead(fault.status, fault.headers).end(fault.body)
      return
    case 'half-body':
      incoming.resume()
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
      outgoing.write('{"status":"pen', () => incoming.socket.destroy())
      return
    case 'silence':
      return
    case 'drip': {
      outgoing.writeHead(200)
      const drip = setInterval(() => outgoing.write(' '), 20)
      outgoing.once('close', () => clearInterval(drip))
      return
    }
    default:
      forward(incoming, outgoing, { pebble, fault })
  }
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  how: { readonly pebble: Pebble; readonly fault: Fault | undefined },
): void {
  const { pebble, fault } = how
  const upstream = new URL(pebble.directoryUrl)
  const { hostname, port } = upstream
  const { method, url, headers } = incoming
  const sent = request({ hostname, port, path: url, method, headers, ca: pebble.caPem }, async (reply) => {
    const body = await text(reply)
    if (fault?.kind === 'lost-answer') {
      incoming.socket.destroy()
      return
    }
    const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = reply.headers
    outgoing.writeHead(reply.statusCode ?? 502, kept).end(fault?.kind === 'rewritten' ? fault.rewrite(body) : body)
  })
  sent.on('error', () => incoming.socket.destroy())
  incoming.pipe(sent)
}
