import { once } from 'node:events'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAcme } from '../testbed/acme-server.ts'
import type { AcmeOptions, AcmeServer } from '../testbed/acme-server.ts'
import { claimLoopbackAddress } from '../testbed/addresses.ts'
import { newTeardown } from '../testbed/teardown.ts'

/** Pebble without a cluster. Every name resolves to a server that answers http-01 with what `answers` says. */
export interface Pebble extends AcmeServer, AsyncDisposable {
  /** token → key authorization. */
  readonly answers: Map<string, string>
}

/** Starts Pebble, its DNS, and the server for http-01. Throws with the end of the log of what would not start. */
export async function startPebble(options: AcmeOptions = {}): Promise<Pebble> {
  const claimed = await claimLoopbackAddress()
  const folder = await mkdtemp(join(tmpdir(), `certwright-testbed-${process.pid}-acme-`))
  await mkdir(join(folder, 'logs'))
  const teardown = newTeardown(folder, false)
  teardown.add(async () => claimed.release())
  const [httpPort = 0, tlsPort = 0] = await claimed.freePorts(2)
  const site = { folder, claimed, teardown, ingressAddress: claimed.address }
  try {
    const server = await startAcme(site, 'pebble', { nonceRejectPercent: 0, httpPort, tlsPort, ...options })
    const { answers, stop } = await startAnswers(claimed.address, httpPort)
    teardown.add(stop)
    return { ...server, answers, [Symbol.asyncDispose]: teardown.run }
  } catch (error) {
    await teardown.run()
    throw error
  }
}

async function startAnswers(
  address: string,
  port: number,
): Promise<{ readonly answers: Map<string, string>; readonly stop: () => Promise<void> }> {
  const answers = new Map<string, string>()
  const server = createServer((request, response) => {
    const answer = answers.get((request.url ?? '').replace('/.well-known/acme-challenge/', ''))
    response.writeHead(answer === undefined ? 404 : 200).end(answer)
  })
  server.listen(port, address)
  await once(server, 'listening')
  return {
    answers,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
