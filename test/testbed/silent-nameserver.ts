import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A DNS server that takes every question and answers none, as one behind a firewall does. Ends with the process, or when disposed of. */
export async function startSilentNameserver(address: string): Promise<Disposable> {
  const socket = createSocket('udp4')
  socket.bind(53, address)
  await once(socket, 'listening')
  socket.unref()
  return { [Symbol.dispose]: () => void socket.close() }
}

/** Lines of a zone that delegate a name in it to that server. */
export function delegationTo(name: string, address: string): readonly string[] {
  return [`${name} NS ns.${name}`, `ns.${name} A ${address}`]
}
