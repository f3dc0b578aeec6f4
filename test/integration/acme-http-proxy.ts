import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** An HTTP proxy that lets through whoever knows `user:password`. */
export interface HttpConnectProxy extends AsyncDisposable {
  readonly port: number
  /** The hosts it connected to. */
  readonly connected: string[]
}

/** Starts the proxy on 127.0.0.1. */
export async function startHttpConnectProxy(credentials: string): Promise<HttpConnectProxy> {
  const connected: string[] = []
  const sockets = new Set<Socket>()
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`
  const server = createServer()
  server.on('connect', (request, socket: Socket) => {
    sockets.add(socket)
    if (request.headers['proxy-authorization'] !== expected) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    connected.push(request.url ?? '')
    const { hostname, port } = new URL(`http://${request.url}`)
    const target = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(socket).pipe(target)
    })
    sockets.add(target)
    for (const end of [socket, target]) end.on('error', () => end.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port')
  return {
    port: bound.port,
    connected,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
