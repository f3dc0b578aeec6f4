import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import type { Socket } from 'node:net'

/**
 * Runs `work` while no other process of this machine (of this network namespace, to be exact) runs one under the same name.
 * The lock is an abstract Unix socket (unix(7)), so the kernel gives it back however its holder ends.
 */
export async function withMachineLock<T>(name: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  // Abstract names are shared by all users of the machine.
  const release = await acquire(`\0${name}-${process.getuid?.() ?? 0}`, onWait)
  try {
    return await work()
  } finally {
    release()
  }
}

async function acquire(address: string, onWait: () => void): Promise<() => void> {
  for (let isFirst = true; ; isFirst = false) {
    const release = await tryToAcquire(address)
    if (release !== undefined) return release
    if (isFirst) onWait()
    await untilReleased(address)
  }
}

/** Takes the lock and returns how to give it back; undefined when somebody holds it. */
async function tryToAcquire(address: string): Promise<(() => void) | undefined> {
  const waiting = new Set<Socket>()
  const server = createServer((socket) => waiting.add(socket.on('error', () => undefined)))
  try {
    server.listen(address)
    await once(server, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
  return () => {
    server.close()
    for (const socket of waiting) socket.destroy()
  }
}

/** Those who wait keep a connection open, which ends when the holder gives the lock back or dies. */
async function untilReleased(address: string): Promise<void> {
  const connection = createConnection(address)
    .on('error', () => undefined)
    .resume()
  await new Promise((resolve) => connection.once('close', resolve))
}
