import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Addresses that an EndpointSlice may name (a loopback address may not), on `lo` of the tests' network namespace. */
export const namespaceAddresses: readonly string[] = Array.from({ length: 51 }, (_, index) => `10.90.0.${10 + index}`)

/** An IP address that nobody else who asks here gets until it is released, or its holder has died. */
export interface ClaimedAddress {
  readonly address: string
  /** Ports of this address on which nothing listens. None is handed out twice. */
  readonly freePorts: (count: number) => Promise<readonly number[]>
  readonly release: () => void
}

/** Whether this process is in a network namespace made by `in-namespace.ts`. */
export function isInNamespace(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === namespaceAddresses[0]))
}

/** An address that pods could have: reachable from every program here, allowed in EndpointSlices. Throws when all are taken. */
export async function claimPodAddress(): Promise<ClaimedAddress> {
  if (!isInNamespace()) throw new Error(outsideNamespace)
  for (const address of namespaceAddresses) {
    const claimed = await tryToClaim(address)
    if (claimed !== undefined) return claimed
  }
  throw new Error(`all ${namespaceAddresses.length} addresses of the network namespace are taken`)
}

export const outsideNamespace =
  'this needs the network namespace of the tests: run `make test`, or put `node test/testbed/in-namespace.ts` before the command'

/** An address in 127.0.0.0/8, all of which Linux gives to the loopback device. */
export async function claimLoopbackAddress(): Promise<ClaimedAddress> {
  for (;;) {
    const claimed = await tryToClaim(`127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}`)
    if (claimed !== undefined) return claimed
  }
}

// All of this lies between the ports that need root and those that the kernel gives to outgoing connections: a client that tries to
// reach a server that is down could otherwise be given just that port, and find itself connected to itself.
const claimPort = 10_090
const firstFreePort = 10_100
const lastFreePort = 32_000

async function tryToClaim(address: string): Promise<ClaimedAddress | undefined> {
  // The claim is a listening socket, so the kernel gives the address back however the holder ends.
  const claim = await tryToListen(address, claimPort)
  if (claim === undefined) return undefined
  let next = firstFreePort
  const freePort = async (): Promise<number> => {
    while (next <= lastFreePort) {
      const port = next
      next += 1
      const probe = await tryToListen(address, port)
      if (probe === undefined) continue
      await new Promise((resolve) => probe.close(resolve))
      return port
    }
    throw new Error(`no free port is left at ${address}`)
  }
  return {
    address,
    release: () => claim.close(),
    freePorts: async (count) => {
      const ports: number[] = []
      while (ports.length < count) ports.push(await freePort())
      return ports
    },
  }
}

/** undefined: somebody listens there already. */
async function tryToListen(address: string, port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy())
  try {
    server.listen({ host: address, port, exclusive: true })
    await once(server, 'listening')
    return server.unref()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
}
