import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isInNamespace } from '../testbed/addresses.ts'
import { runInNamespace } from '../testbed/in-namespace.ts'
import { ensureTools } from '../testbed/toolchain.ts'
import type { ToolName } from '../testbed/tools.ts'
import { listSpecs, runSpecs } from './ginkgo.ts'
import type { Programs } from './programs.ts'
import { withPebble } from './programs.ts'
import type { SpecResult, Specs } from './report.ts'
import { failuresOf, merged, readReport, tableOf } from './report.ts'
import type { Row, Turn } from './rows.ts'
import { rowOf, rowsNamed, turnsOf } from './rows.ts'
import type { Stage } from './stage.ts'
import { startStage } from './stage.ts'

const tools: readonly ToolName[] = [
  'testbed-init',
  'etcd',
  'pebble-challtestsrv',
  'kube-apiserver',
  'kubectl',
  'kube-controller-manager',
  'traefik',
  'gateway-api.yaml',
  'bind',
]

const programsVariable = 'CERTWRIGHT_CONFORMANCE_PROGRAMS'
const settings = {
  suite: process.env['SUITE'] ?? '',
  ginkgo: process.env['GINKGO'] ?? '',
  sampleExternalIssuer: process.env['SAMPLE_EXTERNAL_ISSUER'] ?? '',
  sampleWebhook: process.env['SAMPLE_WEBHOOK'] ?? '',
  groups: process.env['GROUP'] ?? '',
  /** Of the wanted groups, only the specs whose names match. */
  only: new RegExp(process.env['FOCUS'] ?? ''),
  processes: Number(process.env['PROCS'] ?? 8),
  folder: resolve(process.env['REPORT'] || 'coverage/conformance'),
}

/** `SUITE=<compiled suite> GINKGO=<ginkgo> GROUP=ca node run.ts`: runs the incumbent's end-to-end suite against this operator and prints a table. */
async function main(): Promise<number> {
  const wanted = rowsNamed(settings.groups)
  if (isInNamespace()) return play(JSON.parse(process.env[programsVariable] ?? '{}') as Programs, wanted)
  for (const name of ['suite', 'ginkgo'] as const) {
    if (!existsSync(settings[name])) throw new Error(`${name.toUpperCase()} must name a program; see docs/conformance.md`)
  }
  const programs = await withPebble({
    suite: resolve(settings.suite),
    ginkgo: resolve(settings.ginkgo),
    sampleExternalIssuer: externalIssuer(),
    sampleWebhook: settings.sampleWebhook === '' ? undefined : resolve(settings.sampleWebhook),
  })
  process.env[programsVariable] = JSON.stringify(programs)
  return runInNamespace([process.execPath, import.meta.filename], tools)
}

/** A folder with the program `sample-external-issuer` and its kinds in `crds`; undefined: none was named. */
function externalIssuer(): Programs['sampleExternalIssuer'] {
  if (settings.sampleExternalIssuer === '') return undefined
  const folder = resolve(settings.sampleExternalIssuer)
  return { program: join(folder, 'sample-external-issuer'), crds: join(folder, 'crds') }
}

/** Returns the exit code: 1 when a spec has failed. */
async function play(programs: Programs, wanted: readonly Row[]): Promise<number> {
  const { folder } = settings
  await mkdir(folder, { recursive: true })
  const suite = await listSpecs({ programs, folder, name: 'all' })
  const stage = await startStage(programs)
  const reports: (readonly SpecResult[])[] = []
  try {
    say(`the cluster is up; its logs: ${stage.testbed.folder}`)
    for (const turn of turnsOf(possible(programs, wanted))) reports.push(await take(turn, { programs, stage, suite }))
  } finally {
    await stage.stop()
  }
  const results = merged(reports)
  await writeFile(join(folder, 'table.md'), `${tableOf(results)}\n`)
  await writeFile(join(folder, 'failures.txt'), failuresOf(results))
  process.stdout.write(`\n${tableOf(results)}\n\nWhat failed, and with what: ${join(folder, 'failures.txt')}\n`)
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

/** Without the groups for which a program is missing. */
function possible(programs: Programs, wanted: readonly Row[]): readonly Row[] {
  const missing = new Map<string, string>()
  if (programs.sampleExternalIssuer === undefined) missing.set('external', 'SAMPLE_EXTERNAL_ISSUER names no folder')
  if (programs.sampleWebhook === undefined) missing.set('dns-webhook', 'SAMPLE_WEBHOOK names no program')
  const isMissing = ({ name }: Row): boolean => missing.has(name)
  for (const { title, name } of wanted.filter(isMissing)) say(`${title}: left out, ${missing.get(name) ?? ''}`)
  return wanted.filter((row) => !isMissing(row))
}

interface Cast {
  readonly programs: Programs
  readonly stage: Stage
  readonly suite: Specs
}

async function take({ name, rows, apart }: Turn, { programs, stage, suite }: Cast): Promise<readonly SpecResult[]> {
  const { folder, only } = settings
  const specs = suite.names.filter((spec) => rows.includes(rowOf(spec)) && only.test(spec))
  if (specs.length === 0) return []
  if (apart === 'solver-pods') await stage.startSolverPods()
  const processes = apart === 'one-by-one' ? 1 : settings.processes
  say(`${specs.length} specs, ${processes} at once …`)
  const startedAt = Date.now()
  const { kubectl } = await ensureTools(['kubectl'])
  const results = await readReport(await runSpecs({ programs, stage, folder, name, kubectl, processes, specs: { ...suite, names: specs } }))
  for (const row of rows) say(`${row.title}: ${summary(results.filter((result) => result.row === row))}`)
  say(`that took ${Math.round((Date.now() - startedAt) / 1_000)} s`)
  return results
}

function summary(results: readonly SpecResult[]): string {
  const count = (outcome: SpecResult['outcome']): number => results.filter((result) => result.outcome === outcome).length
  return `${count('passed')} passed, ${count('failed')} failed`
}

function say(line: string): void {
  process.stderr.write(`conformance: ${line}\n`)
}

process.exitCode = await main()
