import type { AddressInfo, Socket } from 'node:net'
import { createServer, type SecureContext } from 'node:tls'

import { ACME_TLS, type TlsAlpn01Answers } from '../solvers/tls-alpn01/answers.ts'
import { listening, type RunningServer } from './http-servers.ts'
import type { Address } from './options.ts'

/** Longer than any CA takes for a handshake. */
const HANDSHAKE_WITHIN = 5_000
const MOST_CONNECTIONS = 500

/**
 * Answers TLS-ALPN-01 (RFC 8737): TLS with the protocol acme-tls/1 for names that have a challenge, and nothing else. A connection ends
 * with its handshake. Rejects when the address cannot be had.
 */
export async function serveTlsAlpn01(address: Address, answers: TlsAlpn01Answers): Promise<RunningServer> {
  if (address.kind === 'off') return { port: undefined, close: () => Promise.resolve() }
  const server = createServer({
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_WITHIN,
    ALPNCallback: ({ protocols }) => (protocols.includes(ACME_TLS) ? ACME_TLS : undefined),
    SNICallback: (serverName, respond) => void choose(answers, serverName, respond),
  })
  server.maxConnections = MOST_CONNECTIONS
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  // RFC 8737 §3: nothing is sent over it.
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {})
    socket.destroySoon()
  })
  // Whatever strangers do wrong is their own affair.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  await listening(server, address)
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
  return { port: (server.address() as AddressInfo).port, close }
}

async function choose(
  answers: TlsAlpn01Answers,
  serverName: string,
  respond: (error: Error | null, context?: SecureContext) => void,
): Promise<void> {
  try {
    // Without a certificate the handshake ends by an alert, which a client can tell from a server that is not there.
    respond(null, await answers.answer(serverName))
  } catch {
    respond(new Error('the answer failed'))
  }
}
