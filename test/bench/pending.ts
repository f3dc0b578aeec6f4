import { setTimeout as sleep } from 'node:timers/promises'
import type { Certificate } from '../../src/crds/certificate.ts'
import type { Challenge } from '../../src/crds/challenge.ts'
import { certificates } from '../../src/crds/resources.ts'
import type { Informer } from '../../src/kube/lister.ts'
import type { ClusterClient } from '../testbed/cluster-client.ts'
import type { Nameserver } from '../testbed/nameserver.ts'
import type { Operator } from '../testbed/operator.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { countedBetween, objectWrites, readApiCounters } from './api-counters.ts'
import { inParallel } from './in-parallel.ts'
import { liveMemoryMiB } from './live-memory.ts'
import { processUsage } from './process-usage.ts'
import { runWorkload } from './workload.ts'

/** What many Challenges cost that wait for something that does not come. */
export interface PendingRow {
  readonly name: string
  readonly count: number
  /** In MiB, of the operator before there was any, and while all of them wait: what it needs (see `liveMemoryMiB`), and what is resident. */
  readonly liveBeforeMiB: number
  readonly liveWaitingMiB: number
  readonly rssBeforeMiB: number
  readonly rssWaitingMiB: number
  /** Per minute while they wait. */
  readonly writes: number
  readonly writesByKind: Readonly<Record<string, number>>
  readonly cpuSeconds: number
  readonly dnsQuestions: number
  /** One more Certificate beside them, whose name can be proved. */
  readonly newcomerReadyMs: number
}

export interface PendingSite {
  readonly testbed: Testbed
  readonly client: ClusterClient
  readonly certificates: Informer<Certificate>
  readonly challenges: Informer<Challenge>
  readonly operator: Operator
  readonly nameserver: Nameserver
}

const MINUTE = 60_000

/** Asks for `count` Certificates whose names cannot be proved, and measures for a minute what waiting for them costs. */
export async function measurePending(
  site: PendingSite,
  run: { readonly name: string; readonly namespace: string; readonly count: number; readonly host: string; readonly goodHost: string },
): Promise<PendingRow> {
  const { name, namespace, count, host, goodHost } = run
  const { operator, client } = site
  const rssBeforeMiB = (await processUsage(operator.pid)).rssMiB
  const liveBeforeMiB = await liveMemoryMiB(operator.pid)
  const { signal } = new AbortController()
  const spec = (dnsName: string, index: number): Certificate['spec'] => ({
    secretName: `bench-${index}`,
    dnsNames: [dnsName],
    privateKey: { algorithm: 'ECDSA', size: 256 },
    issuerRef: { name: 'dns01', kind: 'ClusterIssuer' },
  })
  await inParallel(count, 16, async (index) => {
    const certificate = { metadata: { namespace, name: `bench-${index}` }, spec: spec(`n${index}.${host}`, index) }
    await client.cluster.create(certificates, certificate, { fieldManager: 'bench' }, signal)
  })
  await allWaiting(site, namespace, count)

  const [api, usage, questions] = [await readApiCounters(site.testbed), await processUsage(operator.pid), await site.nameserver.questions()]
  await sleep(MINUTE)
  const counted = objectWrites(countedBetween(api, await readApiCounters(site.testbed)))
  const after = await processUsage(operator.pid)
  const asked = (await site.nameserver.questions()) - questions
  const liveWaitingMiB = await liveMemoryMiB(operator.pid)
  const { readyAfterMs } = await runWorkload(client, site.certificates, {
    namespace: `${namespace}-newcomer`,
    count: 1,
    within: 2 * MINUTE,
    spec: (index) => spec(`newcomer.${goodHost}`, index),
  })
  return {
    name,
    count,
    liveBeforeMiB,
    liveWaitingMiB,
    rssBeforeMiB,
    rssWaitingMiB: after.rssMiB,
    writes: [...counted.values()].reduce((sum, each) => sum + each, 0),
    writesByKind: Object.fromEntries(counted),
    cpuSeconds: after.cpuSeconds - usage.cpuSeconds,
    dnsQuestions: asked,
    newcomerReadyMs: readyAfterMs[0] ?? Number.NaN,
  }
}

/** Each Challenge says what it waits for. */
async function allWaiting({ challenges }: PendingSite, namespace: string, count: number): Promise<void> {
  const giveUpAt = Date.now() + 2 * MINUTE + count * 1_000
  for (;;) {
    const all = challenges.list(namespace)
    const waiting = all.filter(({ status }) => (status?.reason ?? '') !== '')
    if (waiting.length === count) return
    if (Date.now() > giveUpAt) throw new Error(`only ${waiting.length} of ${all.length} Challenges wait: ${JSON.stringify(all[0])}`)
    await sleep(250)
  }
}
