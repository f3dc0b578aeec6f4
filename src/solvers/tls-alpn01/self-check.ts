import { connect, type TLSSocket } from 'node:tls'

import type { Resolve } from '../http01/resolver.ts'
import { deadlineOf } from '../../lib/deadline.ts'
import { ANSWER_WITHIN, faultOf, viewAddresses, viewName, wrong, type Fault, type View } from '../view.ts'
import { ACME_TLS } from './answers.ts'
import { proofFault, type Proof } from './validation-certificate.ts'

export interface TlsSelfCheckOptions {
  readonly resolve: Resolve
  /** Where the CA connects to; 443 everywhere but in tests (RFC 8737 §3). */
  readonly port: number
}

/** Connects as the CA would, to each address that the name has, and looks at the certificate. Never throws. */
export function viewCertificate(proof: Proof, serverName: string, options: TlsSelfCheckOptions, signal: AbortSignal): Promise<View> {
  return viewName(proof.identifier, options.resolve, (host) => faultAt(host, { proof, serverName, port: options.port }, signal), signal)
}

/** The same at given addresses, whatever the name resolves to. */
export function viewCertificateAt(addresses: readonly string[], sought: Sought, signal: AbortSignal): Promise<View> {
  return viewAddresses(addresses, (host) => faultAt(host, sought, signal))
}

interface Sought {
  readonly proof: Proof
  readonly serverName: string
  readonly port: number
}

function faultAt(host: string, { proof, serverName, port }: Sought, signal: AbortSignal): Promise<Fault | undefined> {
  const { signal: deadline, end } = deadlineOf(signal, ANSWER_WITHIN)
  return new Promise((resolve) => {
    // What is looked at is the certificate itself; no CA would vouch for it.
    const socket = connect({
      host,
      port,
      servername: serverName,
      ALPNProtocols: [ACME_TLS],
      rejectUnauthorized: false,
    })
    const settle = (fault: Fault | undefined): void => {
      deadline.removeEventListener('abort', expire)
      end()
      socket.destroy()
      resolve(fault)
    }
    const expire = (): void => settle({ kind: 'unseen', why: faultOf(undefined, deadline) })
    deadline.addEventListener('abort', expire)
    socket.on('error', (error) => settle(handshakeFault(error, deadline)))
    socket.on('secureConnect', () => settle(certificateFault(socket, proof)))
  })
}

function certificateFault(socket: TLSSocket, proof: Proof): Fault | undefined {
  if (socket.alpnProtocol !== ACME_TLS) return wrong(`the server does not speak ${ACME_TLS}`)
  const certificate = socket.getPeerX509Certificate()
  const fault = certificate === undefined ? 'it sent none' : proofFault(certificate.raw, proof)
  return fault === undefined ? undefined : wrong(`the server answers with another certificate than the operator's: ${fault}`)
}

/** A server that ends the handshake by an alert answers, but does not know the challenge. */
function handshakeFault(error: Error, deadline: AbortSignal): Fault {
  const code = 'code' in error ? String(error.code) : ''
  if (code.startsWith('ERR_SSL_')) return wrong(`the server refuses ${ACME_TLS} for this name (${code})`)
  return { kind: 'unseen', why: faultOf(error, deadline) }
}
