import { createSocket } from 'node:dgram'
import type { RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

/** Stands in front of a DNS server, over UDP, and loses its answers where it is told to: the server has acted, and nobody knows. */
export interface ForgetfulRelay extends Disposable {
  /** `address:port` */
  readonly server: string
  /** Loses every answer to a message for which this is so, from now on. */
  readonly loseAnswers: (isLost: (message: Buffer) => boolean) => void
}

/** Starts one. `server` is the `address:port` of the DNS server. */
export async function startForgetfulRelay(address: string, server: string): Promise<ForgetfulRelay> {
  const [host = '', port = ''] = server.split(':')
  const front = createSocket('udp4')
  let isLost: (message: Buffer) => boolean = () => false
  front.on('message', (message: Buffer, from: RemoteInfo) => {
    const mayAnswer = !isLost(message)
    const back = createSocket('udp4')
    const forget = setTimeout(() => back.close(), PATIENCE)
    forget.unref()
    back.on('error', () => {})
    back.on('message', (answer) => {
      if (mayAnswer) front.send(answer, from.port, from.address)
    })
    back.send(message, Number(port), host)
    back.unref()
  })
  front.bind(0, address)
  await once(front, 'listening')
  front.unref()
  return {
    server: `${address}:${front.address().port}`,
    loseAnswers: (isLostNow) => {
      isLost = isLostNow
    },
    [Symbol.dispose]: () => void front.close(),
  }
}

const PATIENCE = 5_000
