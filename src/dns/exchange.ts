import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { createConnection, isIP, isIPv6 } from 'node:net'
import { once } from 'node:events'
import { connectionFault } from '../lib/connection-fault.ts'
import { deadlineOf } from '../lib/deadline.ts'
import { SECOND } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'
import type { ServerAddress } from './server-address.ts'
import { showServerAddress } from './server-address.ts'
import { uint16 } from './write-message.ts'

export type PlainServer = Extract<ServerAddress, { kind: 'plain' }>

/** Packets get lost: each is sent this often, so long after the one before. */
const SEND_AFTER = [0, SECOND, 2 * SECOND]
const ANSWER_WITHIN = 4 * SECOND

/**
 * Sends a message in a packet, and resolves with the first answer with the same id; others may be forged, and do not count. Throws
 * `dns/noAnswer`.
 */
export async function exchangeByUdp(message: Buffer, server: PlainServer, signal: AbortSignal): Promise<Buffer> {
  const address = await addressOf(server)
  const { signal: deadline, end } = deadlineOf(signal, ANSWER_WITHIN)
  // Connected, so that the kernel takes packets of this server alone and tells when nobody listens there.
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  const timers: NodeJS.Timeout[] = []
  try {
    const answered = new Promise<Buffer>((resolve, reject) => {
      socket.on('message', (packet) => {
        if (packet.length >= 12 && packet.readUInt16BE() === message.readUInt16BE()) resolve(packet)
      })
      socket.on('error', reject)
      deadline.addEventListener('abort', () => reject(deadline.reason as Error), { once: true })
    })
    socket.connect(server.port, address, () => {
      for (const after of SEND_AFTER) timers.push(setTimeout(() => socket.send(message), after))
    })
    return await answered
  } catch (error) {
    signal.throwIfAborted()
    throw noAnswer(server, error, deadline)
  } finally {
    end()
    for (const timer of timers) clearTimeout(timer)
    socket.close()
  }
}

/** The same over a connection of its own. */
export async function exchangeByTcp(message: Buffer, server: PlainServer, signal: AbortSignal): Promise<Buffer> {
  const address = await addressOf(server)
  const { signal: deadline, end } = deadlineOf(signal, ANSWER_WITHIN)
  const socket = createConnection({ host: address, port: server.port, signal: deadline })
  try {
    await once(socket, 'connect', { signal: deadline })
    socket.write(Buffer.concat([uint16(message.length), message]))
    return await firstMessage(socket)
  } catch (error) {
    signal.throwIfAborted()
    throw noAnswer(server, error, deadline)
  } finally {
    end()
    socket.destroy()
  }
}

/** Each message is preceded by its length (RFC 1035 §4.2.2). */
async function firstMessage(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  let received = Buffer.alloc(0)
  for await (const chunk of stream) {
    received = Buffer.concat([received, chunk])
    const end = received.length < 2 ? Number.POSITIVE_INFINITY : 2 + received.readUInt16BE()
    if (received.length >= end) return received.subarray(2, end)
  }
  throw new Error('the connection was closed')
}

async function addressOf(server: PlainServer): Promise<string> {
  if (isIP(server.host) !== 0) return server.host
  try {
    return (await lookup(server.host)).address
  } catch (error) {
    throw new OperatorError('dns/noAnswer', `the DNS server ${showServerAddress(server)} has no address`, { cause: error })
  }
}

function noAnswer(server: PlainServer, error: unknown, deadline: AbortSignal): OperatorError {
  const why = deadline.aborted ? `no answer within ${ANSWER_WITHIN / SECOND} s` : connectionFault(error)
  return new OperatorError('dns/noAnswer', `${showServerAddress(server)}: ${why}`, { cause: error })
}
