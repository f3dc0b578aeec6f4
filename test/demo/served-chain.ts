import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'

/** Where TLS is spoken, and for which name. */
export interface TlsSite {
  readonly address: string
  readonly port: number
  readonly host: string
}

/** What a client of this name is shown, the leaf first. Verifies nothing. Throws when there is no handshake within 30 s. */
export async function servedChain({ address, port, host }: TlsSite): Promise<readonly X509Certificate[]> {
  const socket = connect({ host: address, port, servername: host, rejectUnauthorized: false, timeout: 30_000 })
  socket.once('timeout', () => socket.destroy(new Error(`no answer from ${address}:${port}`)))
  try {
    await once(socket, 'secureConnect')
    const chain: X509Certificate[] = []
    let next = socket.getPeerX509Certificate()
    // A root would be its own issuer.
    while (next !== undefined && chain.every(({ fingerprint256 }) => fingerprint256 !== next?.fingerprint256)) {
      chain.push(next)
      next = next.issuerCertificate
    }
    return chain
  } finally {
    socket.destroy()
  }
}

/** Waits until a leaf for this name is served that is not the one with this serial number. The step that waits has a limit. */
export async function untilServed(site: TlsSite, otherThan?: string): Promise<X509Certificate> {
  for (;;) {
    const [leaf] = await servedChain(site)
    if (leaf !== undefined && leaf.serialNumber !== otherThan && leaf.checkHost(site.host) !== undefined) return leaf
    await sleep(100)
  }
}
