import { Agent, ProxyAgent, Socks5ProxyAgent } from 'undici'
import type { Dispatcher } from 'undici'
import type { ClusterAccess, TlsMaterial } from './config.ts'

export interface Connections {
  /** The dispatcher for the TLS material in force. A new one takes over when that has changed; open streams end by themselves. */
  readonly dispatcher: () => Dispatcher
  readonly close: () => Promise<void>
}

/**
 * The connection pool to one API server. HTTP/1.1 on purpose: undici notices a dead peer there by its read time limit, and not
 * on an idle HTTP/2 session. No limit on connections: every watch holds one; unary requests are limited by the transport.
 */
export function connectionsTo(access: ClusterAccess): Connections {
  let tls: TlsMaterial | undefined
  let current: Dispatcher | undefined

  return {
    dispatcher: () => {
      const wanted = access.tls()
      if (current === undefined || tls !== wanted) {
        current?.close().catch(() => {})
        tls = wanted
        current = open(access.proxy, wanted)
      }
      return current
    },
    close: async () => {
      const last = current
      current = undefined
      await last?.destroy()
    },
  }
}

function open(proxy: string | undefined, tls: TlsMaterial): Dispatcher {
  const connect = { ...tls, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 15_000 }
  const pool = { allowH2: false, pipelining: 1, keepAliveTimeout: 60_000, keepAliveMaxTimeout: 60_000 }
  if (proxy === undefined) return new Agent({ ...pool, connect })
  if (proxy.startsWith('socks')) return new Socks5ProxyAgent(proxy, { ...pool, requestTls: connect })
  return new ProxyAgent({ ...pool, uri: proxy, requestTls: connect })
}
