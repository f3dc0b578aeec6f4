import { createCluster } from '../../src/kube/api-cluster.ts'
import { createInformerCache } from '../../src/kube/informer-cache.ts'
import type { InformerCache } from '../../src/kube/informer-cache.ts'
import { kubeconfigAccess } from '../../src/kube/config.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/runtime/log.ts'

/** Reads, writes and watches a testbed's cluster as its admin, through our own client. */
export interface ClusterClient {
  readonly cluster: Cluster
  readonly cache: InformerCache
  readonly close: () => Promise<void>
}

/** Opens a client; call `cache.start` after making informers. */
export async function openClusterClient(kubeconfig: string): Promise<ClusterClient> {
  const transport = createTransport({
    access: await kubeconfigAccess({ path: kubeconfig }),
    clock: systemClock,
    userAgent: 'certwright-test',
  })
  const cache = createInformerCache({ transport, log: silentLog, clock: systemClock })
  return { cluster: createCluster({ transport, cache }), cache, close: transport.close }
}
