import type { LookupFunction } from 'node:net'
import { Agent, EnvHttpProxyAgent } from 'undici'
import type { Dispatcher } from 'undici'
import { MINUTE, SECOND } from '../lib/instant.ts'
import type { Redacted } from '../lib/redacted.ts'
import { AcmeError } from './acme-error.ts'

/** Where a CA is, and whom to trust about it. */
export interface AcmeEndpoint {
  readonly directoryUrl: string
  /** PEM. Stands instead of the system's roots, as in cert-manager. */
  readonly caBundle?: string
  readonly skipTlsVerify?: boolean
}

/** The way out of a network that has only one. The URL may hold a password. */
export interface HttpProxy {
  readonly url: Redacted<string>
  /** Hosts that are asked directly, as in `NO_PROXY`. */
  readonly noProxy?: string
}

/** In milliseconds: to connect, without a byte, and for the whole exchange. */
export interface Timeouts {
  readonly connect: number
  readonly silence: number
  readonly whole: number
}

/** A server that sends a byte now and then keeps the limit on silence at bay, so the whole exchange has a limit too. */
export const usualTimeouts: Timeouts = { connect: 10 * SECOND, silence: 30 * SECOND, whole: 2 * MINUTE }

export interface DispatcherOptions {
  /** Whom to trust; where the server is matters to requests only. */
  readonly endpoint: Omit<AcmeEndpoint, 'directoryUrl'>
  readonly proxy?: HttpProxy
  readonly connections: number
  readonly timeouts: Timeouts
  /** How names become addresses where no proxy does it; as usual when not given. */
  readonly lookup?: LookupFunction
}

/** Connections of one client, with its own trust and limits. Throws `acme/unsupported` for a proxy URL that does not parse. */
export function createDispatcher({ endpoint, proxy, connections, timeouts, lookup }: DispatcherOptions): Dispatcher {
  const tls = {
    timeout: timeouts.connect,
    rejectUnauthorized: endpoint.skipTlsVerify !== true,
    ...(endpoint.caBundle === undefined ? {} : { ca: endpoint.caBundle }),
  }
  const options = {
    connections,
    allowH2: false,
    headersTimeout: timeouts.silence,
    bodyTimeout: timeouts.silence,
    keepAliveTimeout: 10 * SECOND,
    connect: { ...tls, ...(lookup === undefined ? {} : { lookup }) },
  }
  if (proxy === undefined) return new Agent(options)
  // The error of a URL that does not parse would show all of it.
  if (!URL.canParse(proxy.url.reveal())) throw new AcmeError('acme/unsupported', 'the URL of the HTTP proxy does not parse')
  // Each setting is given, so that none is read from the environment.
  return new EnvHttpProxyAgent({ ...options, requestTls: tls, httpProxy: '', httpsProxy: proxy.url.reveal(), noProxy: proxy.noProxy ?? '' })
}
