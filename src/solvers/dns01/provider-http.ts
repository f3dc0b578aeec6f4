import type { Dispatcher } from 'undici'
import { createDispatcher } from '../../acme/dispatcher.ts'
import type { HttpProxy, Timeouts } from '../../acme/dispatcher.ts'
import { parseJson } from '../../acme/json.ts'
import { httpExchange } from '../../lib/http-exchange.ts'
import type { HttpRequest } from '../../lib/http-exchange.ts'
import { HttpFault } from '../../lib/http-fault.ts'
import { SECOND } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { ProviderHttp, ProviderRequest } from './dns-provider.ts'

export interface ProviderHttpOptions {
  readonly userAgent: string
  readonly proxy?: HttpProxy
  readonly timeouts?: Timeouts
  /** PEM of the roots to trust instead of the system's. */
  readonly caBundle?: string
}

/** With the connections behind it, which DNS over HTTPS shares. */
export interface ProviderHttpConnections extends ProviderHttp {
  /** Throws for a proxy URL that does not parse. */
  readonly dispatcher: () => Dispatcher
  readonly close: () => Promise<void>
}

/**
 * The way to the APIs of DNS providers, over connections that all of them share. No redirect is followed. An exchange fails with
 * `dns01/timeout`, `dns01/tls`, `dns01/protocol` or `dns01/unreachable`, and a message that names the host and nothing else of the URL.
 */
export function createProviderHttp(options: ProviderHttpOptions): ProviderHttpConnections {
  const timeouts = options.timeouts ?? providerTimeouts
  let dispatcher: Dispatcher | undefined
  // Made when first needed: a proxy URL that does not parse must not keep an operator from starting that asks no provider.
  const open = (): Dispatcher => (dispatcher ??= dispatcherFor(options, timeouts))
  return {
    dispatcher: open,
    send: async (outgoing, signal) => {
      const request = requestOf(outgoing, options.userAgent)
      try {
        const limits = { dispatcher: open(), wholeTimeout: timeouts.whole, maxBytes: MEBIBYTE }
        const { status, headers, body } = await httpExchange(request, limits, signal)
        return { status, body: parseJson(body), text: body, header: (name) => first(headers[name.toLowerCase()]) }
      } catch (error) {
        if (!(error instanceof HttpFault)) throw error
        throw new OperatorError(`dns01/${error.kind}`, error.message, { cause: error.cause })
      }
    },
    close: async () => {
      await dispatcher?.close()
    },
  }
}

/** Shorter than at a CA: a worker waits, and the queue tries again by itself. */
const providerTimeouts: Timeouts = { connect: 5 * SECOND, silence: 15 * SECOND, whole: 30 * SECOND }
const MEBIBYTE = 1024 * 1024
const CONNECTIONS = 10

function dispatcherFor({ proxy, caBundle }: ProviderHttpOptions, timeouts: Timeouts): Dispatcher {
  return createDispatcher({
    endpoint: caBundle === undefined ? {} : { caBundle },
    ...(proxy === undefined ? {} : { proxy }),
    connections: CONNECTIONS,
    timeouts,
  })
}

function requestOf({ method, url, headers, body }: ProviderRequest, userAgent: string): HttpRequest {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  // Plain HTTP serves an acme-dns inside of the cluster; everybody else's URL is a constant that begins with https.
  if (parsed === undefined || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:'))
    throw new OperatorError('dns01/configuration', 'the address of the DNS provider is not an https or http URL')
  const texts = Object.entries(headers ?? {})
  const broken = texts.find(([, value]) => !isHeaderValue(value))
  // The HTTP library would refuse it with a message that shows the value.
  if (broken !== undefined)
    throw new OperatorError(
      'dns01/credentials',
      `the credentials for ${parsed.host} hold a line break or another character that cannot be sent`,
    )
  return {
    method,
    url: parsed,
    headers: {
      'user-agent': userAgent,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...Object.fromEntries(texts.map(([name, value]) => [name.toLowerCase(), value])),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  }
}

/** RFC 9110 §5.5, without what is obsolete in it. */
function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(value)
}

function first(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}
