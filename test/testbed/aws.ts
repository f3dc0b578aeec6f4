import { join } from 'node:path'
import type { ClaimedAddress } from './addresses.ts'
import { startDaemon } from './daemon.ts'
import type { Daemon } from './daemon.ts'
import { ensureTools } from './toolchain.ts'

export interface Aws {
  /** Stands for all of AWS: Route 53, STS and IAM. Signatures are not checked. */
  readonly endpoint: string
  readonly daemon: Daemon
}

/** Starts AWS as moto imitates it, empty. */
export async function startAws(claimed: ClaimedAddress, folder: string): Promise<Aws> {
  const { moto } = await ensureTools(['moto'])
  const [port = 0] = await claimed.freePorts(1)
  const endpoint = `http://${claimed.address}:${port}`
  const daemon = await startDaemon({
    name: 'moto',
    logFile: join(folder, 'moto.log'),
    command: [join(moto, 'bin', 'python'), '-m', 'moto.server', '-H', claimed.address, '-p', String(port)],
    isReady: async () => (await fetch(`${endpoint}/moto-api/data.json`)).ok,
  })
  return { endpoint, daemon }
}
