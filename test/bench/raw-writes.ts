import { randomBytes } from 'node:crypto'
import { secrets } from '../../src/kube/kinds.ts'
import type { ClusterClient } from '../testbed/cluster-client.ts'
import { inParallel } from './in-parallel.ts'

const WIDTH = 32

/** How many Secrets of 3 KB this API server takes per second, right now: the yardstick that the machine's mood cannot bend. */
export async function rawWritesPerSecond({ cluster }: ClusterClient, count: number): Promise<number> {
  const { signal } = new AbortController()
  const data = { 'tls.crt': randomBytes(2_048).toString('base64'), 'tls.key': randomBytes(256).toString('base64') }
  const began = performance.now()
  await inParallel(count, WIDTH, async (index) => {
    await cluster.create(
      secrets,
      { metadata: { namespace: 'raw', name: `raw-${index}` }, type: 'Opaque', data },
      { fieldManager: 'bench' },
      signal,
    )
  })
  return count / ((performance.now() - began) / 1_000)
}
