import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Programs } from './programs.ts'
import type { Row } from './rows.ts'
import { selectionOf } from './rows.ts'
import type { Stage } from './stage.ts'
import { featureGates } from './stage.ts'

export interface GinkgoOptions {
  readonly folder: string
  readonly kubectl: string
  /** How many specs run at once. */
  readonly processes: number
  /** A regular expression: run these specs instead of the whole row. What belongs to a row above is still left out. */
  readonly only: string | undefined
}

/** Runs the specs of a row and returns the path of ginkgo's report. The output goes to a file beside it. Throws when there is no report. */
export async function runGinkgo(programs: Programs, stage: Stage, row: Row, options: GinkgoOptions): Promise<string> {
  const report = `${row.name}.json`
  const { focus, skip } = selectionOf(row)
  const words = [
    `--procs=${row.isOneByOne === true ? 1 : options.processes}`,
    '--no-color',
    // Some specs that fail wait for five minutes first.
    '--timeout=2h',
    `--output-dir=${options.folder}`,
    `--json-report=${report}`,
    `--focus=${options.only ?? focus}`,
    ...(skip === '' ? [] : [`--skip=${skip}`]),
    programs.suite,
    '--',
    ...suiteFlags(stage, options),
  ]
  const output = createWriteStream(join(options.folder, `${row.name}.log`))
  const child = spawn(programs.ginkgo, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // For the kubectl with which the suite describes what has failed.
    env: { ...process.env, KUBECONFIG: stage.testbed.kubeconfig },
  })
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  await once(child, 'close')
  output.end()
  return join(options.folder, report)
}

function suiteFlags({ testbed, acme, nameserver, ingressAddress }: Stage, { folder, kubectl }: GinkgoOptions): readonly string[] {
  return [
    `--kubernetes-config=${testbed.kubeconfig}`,
    `--kubectl-path=${kubectl}`,
    `--report-dir=${folder}`,
    // Only charts and fixtures would be read from there.
    '--repo-root=/dev/null',
    '--helm-binary-path=/bin/false',
    `--acme-server-url=${acme.directoryUrl}`,
    `--acme-dns-server=${nameserver.address}`,
    `--acme-ingress-ip=${ingressAddress}`,
    `--acme-gateway-ip=${ingressAddress}`,
    '--cluster-resource-namespace=cert-manager',
    '--gateway-api-extra-protocols=DTLS',
    `--feature-gates=${featureGates}`,
  ]
}
