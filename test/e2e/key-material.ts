import { readFile } from 'node:fs/promises'
import type { KubeObject, Resource } from '../../src/crds/resource.ts'
import { certificateRequests, certificates, clusterIssuers, issuers } from '../../src/crds/resources.ts'
import { events, secrets } from '../../src/kube/kinds.ts'
import type { Secret } from '../../src/kube/kinds.ts'
import type { OperatorUnderTest } from './operator-under-test.ts'

const readable: readonly Resource<KubeObject>[] = [events, certificates, certificateRequests, issuers, clusterIssuers]
const signal = new AbortController().signal

/** Looks for each line of each private key that is stored in the cluster, and says where it was found besides Secrets. */
export async function keyMaterialIn({
  cluster,
  operators,
}: OperatorUnderTest): Promise<{ readonly linesSearched: number; readonly found: readonly string[] }> {
  const keyLines = new Set((await cluster.list(secrets, {}, signal)).flatMap(privateKeyLines))
  const places: [where: string, text: string][] = []
  for (const operator of operators) {
    places.push(['the log', await readFile(operator.logFile, 'utf8')])
    if (operator.isRunning()) places.push(['the metrics', await operator.metrics()])
  }
  for (const resource of readable) {
    places.push([resource.plural, JSON.stringify(await cluster.list(resource, {}, signal))])
  }
  const found = places.filter(([, text]) => [...keyLines].some((line) => text.includes(line))).map(([where]) => where)
  return { linesSearched: keyLines.size, found }
}

/** The base64 lines of a PEM key. A short last line is left out: it could stand anywhere by chance. */
function privateKeyLines({ data = {} }: Secret): readonly string[] {
  const pem = Buffer.from(data['tls.key'] ?? '', 'base64').toString()
  return pem.split('\n').filter((line) => line.length >= 40 && !line.startsWith('-----'))
}
