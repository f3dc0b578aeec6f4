import type { Certificate } from '../../src/crds/certificate.ts'
import { certificates } from '../../src/crds/resources.ts'
import type { Informer } from '../../src/kube/lister.ts'
import type { ClusterClient } from '../testbed/cluster-client.ts'
import { inParallel } from './in-parallel.ts'

export interface WorkloadResult {
  /** From the first apply to the last Ready. */
  readonly seconds: number
  /** Per Certificate, from its apply to Ready, sorted. */
  readonly readyAfterMs: readonly number[]
}

export interface Workload {
  readonly namespace: string
  readonly count: number
  readonly spec: (index: number) => Certificate['spec']
  /** How long to wait for the last one, in milliseconds. */
  readonly within: number
}

const WIDTH = 16

/** Creates Certificates and waits until all are Ready. Throws with the conditions of one that is not. */
export async function runWorkload(client: ClusterClient, informer: Informer<Certificate>, workload: Workload): Promise<WorkloadResult> {
  const { namespace, count, spec } = workload
  const created = new Map<string, number>()
  const readyAfterMs: number[] = []
  const all = Promise.withResolvers<void>()
  const unsubscribe = informer.onChange(({ after }) => {
    const since = after?.metadata.namespace === namespace ? created.get(after.metadata.name) : undefined
    if (after === undefined || since === undefined || !isDone(after)) return
    created.delete(after.metadata.name)
    readyAfterMs.push(performance.now() - since)
    if (readyAfterMs.length === count) all.resolve()
  })
  const timer = setTimeout(() => all.reject(new Error(notReady(informer, namespace, workload))), workload.within)
  const began = performance.now()
  try {
    const { signal } = new AbortController()
    await inParallel(count, WIDTH, async (index) => {
      const name = `bench-${index}`
      created.set(name, performance.now())
      await client.cluster.create(certificates, { metadata: { namespace, name }, spec: spec(index) }, { fieldManager: 'bench' }, signal)
    })
    await all.promise
  } finally {
    clearTimeout(timer)
    unsubscribe()
  }
  return { seconds: (performance.now() - began) / 1_000, readyAfterMs: readyAfterMs.toSorted((a, b) => a - b) }
}

/** As clients of the API wait: Ready, not issuing, no next key. */
function isDone({ status }: Certificate): boolean {
  const is = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.status === 'True'
  return is('Ready') && !is('Issuing') && status?.nextPrivateKeySecretName === undefined
}

function notReady(informer: Informer<Certificate>, namespace: string, { count, within }: Workload): string {
  const late = informer.list(namespace).filter((certificate) => !isDone(certificate))
  return `${late.length} of ${count} Certificates were not Ready after ${within / 1_000} s, for example ${JSON.stringify(late[0]?.status)}`
}

/** The value below which `share` (0 to 1) of a sorted list lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
