import { readFile } from 'node:fs/promises'
import type { Row } from './rows.ts'
import { rowOf, rows } from './rows.ts'

/** How one spec ended. `not run` are those that nobody asked for, and those that the suite itself left out. */
export interface SpecResult {
  readonly name: string
  readonly row: Row
  readonly outcome: 'passed' | 'failed' | 'not run'
  readonly seconds: number
  /** What it failed with: one line. */
  readonly why: string
}

/** Reads a report of ginkgo (`--json-report`). Hooks and the like are no specs. */
export async function readReport(path: string): Promise<readonly SpecResult[]> {
  return (await specsIn(path)).specs.map(resultOf)
}

/** Specs of the suite by name, with the description that the suite gives of itself. */
export interface Specs {
  readonly suite: string
  readonly names: readonly string[]
}

/** The names of all specs that a report speaks of, however they ended. */
export async function namesIn(path: string): Promise<Specs> {
  const { suite, specs } = await specsIn(path)
  return { suite, names: specs.map(nameOf) }
}

async function specsIn(path: string): Promise<{ readonly suite: string; readonly specs: readonly SpecReport[] }> {
  const [suite] = JSON.parse(await readFile(path, 'utf8')) as readonly SuiteReport[]
  if (suite === undefined) throw new Error(`${path} speaks of no suite`)
  return { suite: suite.SuiteDescription, specs: (suite.SpecReports ?? []).filter(({ LeafNodeType }) => LeafNodeType === 'It') }
}

interface SuiteReport {
  readonly SuiteDescription: string
  readonly SpecReports: readonly SpecReport[] | null
}

/** The part of ginkgo's report that we read. */
interface SpecReport {
  readonly ContainerHierarchyTexts: readonly string[] | null
  readonly LeafNodeText: string
  readonly LeafNodeType: string
  readonly State: string
  /** Nanoseconds. */
  readonly RunTime: number
  readonly Failure?: { readonly Message?: string; readonly ForwardedPanic?: string }
}

function resultOf(report: SpecReport): SpecResult {
  const name = nameOf(report)
  const isLeftOut = report.State === 'skipped' || report.State === 'pending'
  return {
    name,
    row: rowOf(name),
    outcome: report.State === 'passed' ? 'passed' : isLeftOut ? 'not run' : 'failed',
    seconds: report.RunTime / 1e9,
    why: inOneLine(report.Failure?.ForwardedPanic || report.Failure?.Message || report.State),
  }
}

function nameOf({ ContainerHierarchyTexts, LeafNodeText }: SpecReport): string {
  return [...(ContainerHierarchyTexts ?? []), LeafNodeText].filter((text) => text !== '').join(' ')
}

const whyLength = 400

/** Without gomega's types and addresses, and without the Go value that it prints behind the sentence. */
function inOneLine(text: string): string {
  const [sentence = ''] = text.replace(/<[^<>]*>:?/g, '').split(/\n\s*[{[]\s*\n/)
  return sentence.replace(/\s+/g, ' ').trim().slice(0, whyLength)
}

/** Takes for each spec the report in which it was run. */
export function merged(reports: readonly (readonly SpecResult[])[]): readonly SpecResult[] {
  const byName = new Map<string, SpecResult>()
  for (const result of reports.flat()) {
    const known = byName.get(result.name)
    if (known === undefined || known.outcome === 'not run') byName.set(result.name, result)
  }
  return [...byName.values()]
}

/** The table, in Markdown: a row per group and one for all. */
export function tableOf(results: readonly SpecResult[]): string {
  const count = (row: Row, outcome: SpecResult['outcome']): number =>
    results.filter((result) => result.row === row && result.outcome === outcome).length
  const counted = rows.map((row) => ({
    row,
    passed: count(row, 'passed'),
    failed: count(row, 'failed'),
    notRun: count(row, 'not run'),
  }))
  const sum = (key: 'passed' | 'failed' | 'notRun'): number => counted.reduce((total, line) => total + line[key], 0)
  return [
    '| Group | | Passed | Failed | Not run | |',
    '|---|---|---:|---:|---:|---|',
    ...counted
      .toReversed()
      .map(
        ({ row, passed, failed, notRun }) =>
          `| ${row.title} | \`${row.name}\` | ${passed} | ${failed} | ${notRun} | ${passed + failed === 0 ? (row.notRun ?? '') : ''} |`,
      ),
    `| All | | ${sum('passed')} | ${sum('failed')} | ${sum('notRun')} | |`,
  ].join('\n')
}

/** What failed, one spec with its reason per two lines, by group. */
export function failuresOf(results: readonly SpecResult[]): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  const ordered = failed.toSorted((a, b) => a.row.name.localeCompare(b.row.name) || a.name.localeCompare(b.name))
  return ordered.map(({ row, name, why, seconds }) => `[${row.name}] ${name}\n    ${why} (${seconds.toFixed(0)} s)\n`).join('')
}
