import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { certificates, challenges } from '../../src/crds/resources.ts'
import type { Certificate } from '../../src/crds/certificate.ts'
import type { Informer } from '../../src/kube/lister.ts'
import type { ClusterClient } from '../testbed/cluster-client.ts'
import { openClusterClient } from '../testbed/cluster-client.ts'
import type { Nameserver } from '../testbed/nameserver.ts'
import type { Operator } from '../testbed/operator.ts'
import { startOperator } from '../testbed/operator.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { startTestbed } from '../testbed/testbed.ts'
import { countedBetween, objectWrites, readApiCounters } from './api-counters.ts'
import { acmeIssuer, caIssuer, namespaces, namespacesFor } from './issuers.ts'
import { benchNameserver } from './nameserver.ts'
import type { PendingRow } from './pending.ts'
import { measurePending } from './pending.ts'
import { processUsage } from './process-usage.ts'
import { rawWritesPerSecond } from './raw-writes.ts'
import type { Row } from './report.ts'
import { printReport } from './report.ts'
import { percentile, runWorkload } from './workload.ts'

const allSorts = [
  { name: 'CA, P-256', namespace: 'ca' },
  { name: 'ACME HTTP-01', namespace: 'acme' },
  { name: 'ACME DNS-01', namespace: 'dns01' },
] as const

/** Names that cannot be proved; what is measured is the wait for them. */
const allPendingSorts = [
  { name: 'records that one server never shows', namespace: 'pending', host: 'pending.example' },
  { name: 'names whose DNS server never answers', namespace: 'silent', host: 'silent.void.example' },
] as const

const RAW_WRITES = 1_000
const bundle = join(import.meta.dirname, '..', '..', 'dist', 'main.mjs')

/** `N=200 SORTS=ca,acme,dns01,pending,silent node bench.ts`: measures N Certificates of each sort against a real control plane, and prints a table and one JSON line. */
async function main(): Promise<void> {
  const count = Number(process.env['N'] ?? 200)
  if (!Number.isInteger(count) || count < 1) throw new Error('N must be a whole number above 0')
  const wanted = (process.env['SORTS'] ?? 'ca,acme,dns01').split(',')
  const sorts = allSorts.filter(({ namespace }) => wanted.includes(namespace))
  const pendingSorts = allPendingSorts.filter(({ namespace }) => wanted.includes(namespace))
  await using testbed = await startTestbed({ name: 'bench', keepFolder: process.env['KEEP'] === '1', installed: 'operator' })
  const ingress = await testbed.startIngressController()
  const acme = await testbed.startAcme({ nonceRejectPercent: 0 })
  const nameserver = await benchNameserver(testbed)
  const acmeByDns = await testbed.startAcme({ nonceRejectPercent: 0, dnsServer: nameserver.server })
  await testbed.apply(
    namespacesFor(['raw', 'ca', 'acme', 'dns01']) +
      namespaces(allPendingSorts.flatMap(({ namespace }) => [namespace, `${namespace}-newcomer`])) +
      caIssuer('ca') +
      acmeIssuer('acme', acme, { http01: { ingress: { ingressClassName: ingress.className } } }) +
      acmeIssuer('dns01', acmeByDns, { dns01: { rfc2136: { nameserver: nameserver.server } } }),
  )
  const client = await openClusterClient(testbed.kubeconfig)
  const informer = client.cache.informer(certificates)
  const challengeInformer = client.cache.informer(challenges)
  const watching = new AbortController()
  await client.cache.start(watching.signal)
  const flags = [`--acme-http01-solver-nameservers=${acme.dns.server}`, `--dns01-recursive-nameservers=${nameserver.server}`]
  const operator = await startOperator(testbed, { flags, ...(existsSync(bundle) ? { entry: bundle } : {}) })
  const site = { testbed, client, informer, operator, nameserver }
  await issuersReady(testbed)

  const raw = await rawWritesPerSecond(client, RAW_WRITES)
  const rows: Row[] = []
  for (const sort of sorts) {
    rows.push(await measure(site, { ...sort, count: 1, host: `one.${sort.namespace}.example` }))
    rows.push(await measure(site, { ...sort, count, host: `${sort.namespace}.example` }))
  }
  const pending: PendingRow[] = []
  for (const sort of pendingSorts) {
    const run = { ...sort, count, goodHost: 'dns01.example' }
    pending.push(await measurePending({ ...site, certificates: informer, challenges: challengeInformer }, run))
  }
  printReport({ rows, pending, rawWritesPerSecond: raw, isBundle: existsSync(bundle) })

  await operator.stop()
  watching.abort()
  await client.close()
}

interface Site {
  readonly testbed: Testbed
  readonly client: ClusterClient
  readonly informer: Informer<Certificate>
  readonly operator: Operator
  readonly nameserver: Nameserver
}

async function measure(
  { testbed, client, informer, operator, nameserver }: Site,
  run: { readonly name: string; readonly namespace: string; readonly count: number; readonly host: string },
): Promise<Row> {
  const { count, namespace, host } = run
  const [apiBefore, usageBefore] = [await readApiCounters(testbed), await processUsage(operator.pid)]
  const questionsBefore = await nameserver.questions()
  const result = await runWorkload(client, informer, {
    namespace: `${namespace}-${count === 1 ? 'one' : 'many'}`,
    count,
    within: 120_000 + count * 2_000,
    spec: (index) => ({
      secretName: `bench-${index}`,
      dnsNames: [`n${index}.${host}`],
      privateKey: { algorithm: 'ECDSA', size: 256 },
      issuerRef: { name: namespace, kind: 'ClusterIssuer' },
    }),
  })
  await settled(testbed, namespace)
  const [apiAfter, usageAfter] = [await readApiCounters(testbed), await processUsage(operator.pid)]
  const counted = countedBetween(apiBefore, apiAfter)
  const writes = new Map(
    [...objectWrites(counted)]
      .map(([kind, total]) => [kind, (total - (kind === 'POST certificates' ? count : 0)) / count] as const)
      .filter(([, each]) => each > 0),
  )
  return {
    name: run.name,
    count,
    seconds: result.seconds,
    p50Ms: percentile(result.readyAfterMs, 0.5),
    p99Ms: percentile(result.readyAfterMs, 0.99),
    writesPerCertificate: [...writes.values()].reduce((sum, each) => sum + each, 0),
    writesByKind: Object.fromEntries(writes),
    conflicts: Object.fromEntries([...counted.conflicts].filter(([kind]) => !/ (events|leases)$/.test(kind))),
    operatorCpuSeconds: usageAfter.cpuSeconds - usageBefore.cpuSeconds,
    operatorPeakRssMiB: usageAfter.peakRssMiB,
    dnsQuestionsPerCertificate: ((await nameserver.questions()) - questionsBefore) / count,
  }
}

/** Waits until what an issuance leaves behind is cleaned up too, so that its writes are counted with it. */
async function settled(testbed: Testbed, namespace: string): Promise<void> {
  const selectors = [
    ['secrets', '-l', 'cert-manager.io/next-private-key=true'],
    ...(namespace === 'ca' ? [] : [['challenges.acme.cert-manager.io'], ['ingresses']]),
  ]
  for (let tries = 0; tries < 240; tries += 1) {
    const left = await Promise.all(selectors.map((selector) => testbed.kubectl(['get', '-A', '-o', 'name', ...selector])))
    if (left.every(({ stdout }) => stdout === '')) return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error('leftovers of issuances were not cleaned up')
}

async function issuersReady(testbed: Testbed): Promise<void> {
  const { code, stderr } = await testbed.kubectl(['wait', '--for=condition=Ready', '--timeout=60s', 'clusterissuer', '--all'])
  if (code !== 0) throw new Error(`the issuers are not ready: ${stderr}`)
}

await main()
