import type { PendingRow } from './pending.ts'

export interface Row {
  readonly name: string
  readonly count: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly writesPerCertificate: number
  readonly writesByKind: Readonly<Record<string, number>>
  /** 409 answers by verb and resource. */
  readonly conflicts: Readonly<Record<string, number>>
  readonly operatorCpuSeconds: number
  readonly operatorPeakRssMiB: number
  /** At the name server of the zone, those of the CA among them. */
  readonly dnsQuestionsPerCertificate: number
}

export interface Report {
  readonly rows: readonly Row[]
  readonly pending: readonly PendingRow[]
  readonly rawWritesPerSecond: number
  /** Whether the bundle ran, as in the image, or the sources. */
  readonly isBundle: boolean
}

/** Prints a table for people and one JSON line for programs. */
export function printReport({ rows, pending, rawWritesPerSecond, isBundle }: Report): void {
  const lines = [
    `raw Secret writes of this API server in this run: ${rawWritesPerSecond.toFixed(0)}/s; the operator ran from ${isBundle ? 'its bundle' : 'its sources'}`,
    '',
    columns([
      '',
      'count',
      'per second',
      'apply to Ready p50',
      'p99',
      'writes each',
      '409s',
      'of raw/writes',
      'CPU each',
      'peak RSS',
      'DNS each',
    ]),
    ...rows.map((row) => columns(cells(row, rawWritesPerSecond))),
    '',
    ...rows.map((row) => `${row.name} × ${row.count}, writes per certificate: ${writes(row)}${conflictsOf(row)}`),
    '',
    ...pending.flatMap(waitingLines),
    JSON.stringify({
      rawWritesPerSecond: round(rawWritesPerSecond),
      isBundle,
      rows: rows.map(rounded),
      pending: pending.map(rounded),
    }),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

function cells(row: Row, raw: number): readonly string[] {
  const perSecond = row.count / row.seconds
  return [
    row.name,
    String(row.count),
    perSecond.toFixed(1),
    `${row.p50Ms.toFixed(0)} ms`,
    `${row.p99Ms.toFixed(0)} ms`,
    row.writesPerCertificate.toFixed(1),
    String(Object.values(row.conflicts).reduce((sum, each) => sum + each, 0)),
    `${((100 * perSecond * row.writesPerCertificate) / raw).toFixed(0)} %`,
    `${((1_000 * row.operatorCpuSeconds) / row.count).toFixed(1)} ms`,
    `${row.operatorPeakRssMiB} MiB`,
    row.dnsQuestionsPerCertificate.toFixed(1),
  ]
}

function columns(cellsOfRow: readonly string[]): string {
  return cellsOfRow.map((cell, at) => (at === 0 ? cell.padEnd(14) : cell.padStart(Math.max(11, at === 3 ? 20 : 0)))).join(' ')
}

function writes({ writesByKind }: Row): string {
  return Object.entries(writesByKind)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, each]) => `${each.toFixed(2)} ${kind}`)
    .join(', ')
}

function waitingLines(row: PendingRow): readonly string[] {
  const { count, liveBeforeMiB, liveWaitingMiB, rssBeforeMiB, rssWaitingMiB, cpuSeconds, dnsQuestions, newcomerReadyMs } = row
  return [
    `${count} Challenges wait: ${row.name}`,
    `  memory that lives: ${liveBeforeMiB.toFixed(0)} MiB before, ${liveWaitingMiB.toFixed(0)} MiB while they wait (resident: ${rssBeforeMiB} MiB, ${rssWaitingMiB} MiB)`,
    `  per minute: ${row.writes} object writes${row.writes === 0 ? '' : ` (${kindsOf(row.writesByKind)})`}, ${cpuSeconds.toFixed(1)} s of CPU of the operator, ${dnsQuestions} DNS questions`,
    `  one more Certificate beside them: Ready after ${newcomerReadyMs.toFixed(0)} ms`,
    '',
  ]
}

function kindsOf(kinds: Readonly<Record<string, number>>): string {
  return Object.entries(kinds)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}

function conflictsOf({ conflicts }: Row): string {
  return Object.keys(conflicts).length === 0 ? '' : `; refused with 409: ${kindsOf(conflicts)}`
}

function rounded(row: Row | PendingRow): object {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? round(value) : value]))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
