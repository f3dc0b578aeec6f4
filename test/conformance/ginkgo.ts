import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Programs } from './programs.ts'
import type { Specs } from './report.ts'
import { namesIn } from './report.ts'
import type { Stage } from './stage.ts'
import { featureGates } from './stage.ts'

export interface GinkgoOptions {
  /** Where its report and its output go. */
  readonly folder: string
  /** What the two files are called. */
  readonly name: string
  readonly programs: Programs
}

/** What the suite consists of. Nothing of it is run, and nothing has to be there that it talks to. */
export async function listSpecs(options: GinkgoOptions): Promise<Specs> {
  return namesIn(await runGinkgo(['--dry-run'], suiteFlags(options.folder), { ...options, env: {} }))
}

export interface SpecRun extends GinkgoOptions {
  readonly stage: Stage
  readonly kubectl: string
  /** How many specs run at once. */
  readonly processes: number
  readonly specs: Specs
}

/** Runs these specs and no others, and returns the path of ginkgo's report. Throws when there is no report. */
export function runSpecs(run: SpecRun): Promise<string> {
  const { folder, kubectl, processes, specs, stage } = run
  // Some specs that fail wait for five minutes first.
  const words = [`--procs=${processes}`, '--timeout=2h', ...focusesOn(specs).map((focus) => `--focus=${focus}`)]
  const env = { KUBECONFIG: stage.testbed.kubeconfig }
  return runGinkgo(words, [...suiteFlags(folder), ...stageFlags(stage, kubectl)], { ...run, env })
}

/**
 * Expressions that match these specs and no others, to be given all. Ginkgo looks for them in the description of the suite and the
 * name of a spec. One for each spec would cost it a minute, and one for all would be longer than an argument may be.
 */
export function focusesOn({ suite, names }: Specs): readonly string[] {
  const slices = Array.from({ length: Math.ceil(names.length / IN_ONE) }, (_, index) => names.slice(index * IN_ONE, (index + 1) * IN_ONE))
  return slices.map((slice) => `^${literal(suite)} (?:${slice.map(literal).join('|')})$`)
}

const IN_ONE = 200

// RegExp.escape would also escape every space and hyphen.
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

interface GinkgoRun extends GinkgoOptions {
  /** For the kubectl with which the suite describes what has failed. */
  readonly env: Readonly<Record<string, string>>
}

async function runGinkgo(words: readonly string[], flags: readonly string[], run: GinkgoRun): Promise<string> {
  const { folder, name, programs, env } = run
  const report = `${name}.json`
  // One of an earlier run is not to be taken for what came of this one.
  await rm(join(folder, report), { force: true })
  const output = createWriteStream(join(folder, `${name}.log`))
  const child = spawn(
    programs.ginkgo,
    ['--no-color', `--output-dir=${folder}`, `--json-report=${report}`, ...words, programs.suite, '--', ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  )
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  await once(child, 'close')
  output.end()
  return join(folder, report)
}

function suiteFlags(folder: string): readonly string[] {
  return [
    `--report-dir=${folder}`,
    // Only charts and fixtures would be read from there.
    '--repo-root=/dev/null',
    '--helm-binary-path=/bin/false',
    '--cluster-resource-namespace=cert-manager',
    '--gateway-api-extra-protocols=DTLS',
    `--feature-gates=${featureGates}`,
  ]
}

function stageFlags({ testbed, acme, nameserver, ingressAddress }: Stage, kubectl: string): readonly string[] {
  return [
    `--kubernetes-config=${testbed.kubeconfig}`,
    `--kubectl-path=${kubectl}`,
    `--acme-server-url=${acme.directoryUrl}`,
    `--acme-dns-server=${nameserver.address}`,
    `--acme-ingress-ip=${ingressAddress}`,
    `--acme-gateway-ip=${ingressAddress}`,
  ]
}
