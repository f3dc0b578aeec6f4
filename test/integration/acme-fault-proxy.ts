import { once } from 'node:events'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { createServer, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { claimLoopbackAddress } from '../testbed/addresses.ts'
import { newAuthority } from '../testbed/certificates.ts'
import type { AcmeServer } from '../testbed/acme-server.ts'

/** What goes wrong with one request. */
export type Fault =
  /** The proxy answers, Pebble never sees the request. Headers that name a time are made when the request is there. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: OutgoingHttpHeaders | (() => OutgoingHttpHeaders)
      readonly body?: string
    }
  /** The connection is reset before anything was answered. */
  | { readonly kind: 'reset' }
  /** The answer stops in the middle. */
  | { readonly kind: 'half-body' }
  /** The connection stays, and nothing is ever said; with `acts` Pebble has acted when `onset` is called. */
  | { readonly kind: 'silence'; readonly acts?: boolean; readonly onset?: () => void }
  /** A byte every few milliseconds, and no end. */
  | { readonly kind: 'drip' }
  /** Pebble acts, its answer is lost. */
  | { readonly kind: 'lost-answer' }
  /** Pebble acts, its answer comes in small pieces. */
  | { readonly kind: 'slow-body' }
  /** Pebble acts, its answer is changed on the way back. */
  | { readonly kind: 'rewritten'; readonly status?: number; readonly rewrite: (body: string) => string }

/** A fault for the request with a path that starts so, after `skipping` of them went through. */
interface PlannedFault {
  readonly pathPrefix: string
  readonly fault: Fault
  skipping: number
}

/** A TLS-terminating proxy in front of Pebble. Pebble builds its URLs from the Host header, so all traffic stays on the proxy. */
export interface FaultProxy extends AsyncDisposable {
  readonly directoryUrl: string
  readonly caPem: string
  /** The next request whose path starts so goes wrong, or a later one, after `skipping` others. */
  readonly breakNext: (pathPrefix: string, fault: Fault, skipping?: number) => void
  /** Every request whose path starts so goes wrong, until the returned function is called. */
  readonly breakAll: (pathPrefix: string, fault: Fault) => () => void
  /** Lets requests come in but answers none until the returned function is called. */
  readonly hold: () => () => void
  /** `POST /order-plz` and the like, in order. */
  readonly seen: string[]
  /** Those of them that Pebble has seen too. */
  readonly passed: readonly string[]
  /** Those that went wrong. */
  readonly spoiled: readonly string[]
  /** The most requests that were ever under way at once. */
  readonly mostAtOnce: () => number
}

type Upstream = Pick<AcmeServer, 'directoryUrl' | 'caPem'>

/** Starts a proxy. Throws when its address is taken. */
export async function startFaultProxy(pebble: Upstream): Promise<FaultProxy> {
  const { address, release } = await claimLoopbackAddress()
  const authority = await newAuthority('proxy-ca')
  const front = await authority.sign('CN=proxy', [address])
  const faults: PlannedFault[] = []
  let lasting: { readonly pathPrefix: string; readonly fault: Fault } | undefined
  const seen: string[] = []
  const passed: string[] = []
  const spoiled: string[] = []
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
    const always = lasting !== undefined && path.startsWith(lasting.pathPrefix) ? lasting.fault : undefined
    const fault = takeFault(faults, path) ?? always
    if (fault !== undefined) spoiled.push(`${incoming.method} ${path}`)
    answer(incoming, outgoing, { pebble, fault, onPass: () => passed.push(`${incoming.method} ${path}`) })
  })
  server.listen(0, address)
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port')
  return {
    directoryUrl: `https://${address}:${bound.port}/dir`,
    caPem: authority.certificate,
    breakNext: (pathPrefix, fault, skipping = 0) => faults.push({ pathPrefix, fault, skipping }),
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
    passed,
    spoiled,
    mostAtOnce: () => underWay.most,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      release()
    },
  }
}

function takeFault(faults: PlannedFault[], path: string): Fault | undefined {
  const matching = faults.filter(({ pathPrefix }) => path.startsWith(pathPrefix))
  const due = matching.find(({ skipping }) => skipping === 0)
  for (const planned of matching) planned.skipping = Math.max(0, planned.skipping - 1)
  if (due !== undefined) faults.splice(faults.indexOf(due), 1)
  return due?.fault
}

interface Passage {
  readonly pebble: Upstream
  readonly fault: Fault | undefined
  readonly onPass: () => void
}

function answer(incoming: IncomingMessage, outgoing: ServerResponse, passage: Passage): void {
  const { fault } = passage
  switch (fault?.kind) {
    case 'reset':
      incoming.socket.destroy()
      return
    case 'answer':
      incoming.resume()
      outgoing.writeHead(fault.status, typeof fault.headers === 'function' ? fault.headers() : fault.headers).end(fault.body)
      return
    case 'half-body':
      incoming.resume()
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
      outgoing.write('{"status":"pen', () => incoming.socket.destroy())
      return
    case 'silence':
      if (fault.acts === true) forward(incoming, outgoing, passage)
      else fault.onset?.()
      return
    case 'drip': {
      outgoing.writeHead(200)
      const drip = setInterval(() => outgoing.write(' '), 20)
      outgoing.once('close', () => clearInterval(drip))
      return
    }
    default:
      forward(incoming, outgoing, passage)
  }
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, { pebble, fault, onPass }: Passage): void {
  const { hostname, port } = new URL(pebble.directoryUrl)
  const { method, url, headers } = incoming
  onPass()
  const sent = request({ hostname, port, path: url, method, headers, ca: pebble.caPem }, async (reply) => {
    const body = await text(reply)
    if (fault?.kind === 'silence') return fault.onset?.()
    if (fault?.kind === 'lost-answer') {
      incoming.socket.destroy()
      return
    }
    const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = reply.headers
    outgoing.writeHead((fault?.kind === 'rewritten' ? fault.status : undefined) ?? reply.statusCode ?? 502, kept)
    if (fault?.kind === 'slow-body') await writeSlowly(outgoing, body)
    outgoing.end(fault?.kind === 'slow-body' ? '' : fault?.kind === 'rewritten' ? fault.rewrite(body) : body)
  })
  sent.on('error', () => incoming.socket.destroy())
  incoming.pipe(sent)
}

const PIECES = 10

async function writeSlowly(outgoing: ServerResponse, body: string): Promise<void> {
  const size = Math.ceil(body.length / PIECES)
  for (let at = 0; at < body.length; at += size) {
    outgoing.write(body.slice(at, at + size))
    await sleep(100)
  }
}
