import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as reasons from '../../src/crds/reasons.ts'
import { codeSpans, readPage, root, tableRows } from './markdown.ts'

const tables = {
  certificateReason: reasons.certificateReason,
  certificateEvent: reasons.certificateEvent,
  requestReason: reasons.requestReason,
  requestEvent: reasons.requestEvent,
  signingRequestEvent: reasons.signingRequestEvent,
  issuerReason: reasons.issuerReason,
  poolReason: reasons.poolReason,
  revocationReason: reasons.revocationReason,
  orderEvent: reasons.orderEvent,
  challengeEvent: reasons.challengeEvent,
  shimEvent: reasons.shimEvent,
} as const

test('docs/troubleshooting.md has a row for each reason that the operator gives in conditions and Events, and for no other', () => {
  const explained = tableRows(readPage('docs/troubleshooting.md')).flatMap(([reason = '']) => codeSpans(reason))
  expect([...new Set(explained)].toSorted()).toEqual([...reasonsGiven()].toSorted())
})

test('docs/monitoring.md has a row for each metric of the operator, and for no other', () => {
  const explained = tableRows(readPage('docs/monitoring.md')).flatMap(([metric = '']) => codeSpans(metric).filter((code) => isMetric(code)))
  const found = sources('app').flatMap((text) => [...text.matchAll(/'((?:certmanager|certwright)_\w+)'/g)].map(([, name]) => name ?? ''))
  expect([...new Set(explained)].toSorted()).toEqual([...new Set(found)].toSorted())
})

function reasonsGiven(): ReadonlySet<string> {
  const names = Object.keys(tables).join('|')
  const uses = sources('.').flatMap((text) => [...text.matchAll(new RegExp(String.raw`\b(${names})\.(\w+)`, 'g'))])
  return new Set(uses.map(([, table = '', name = '']) => reasonOf(table, name)))
}

function reasonOf(table: string, name: string): string {
  const [, found] = Object.entries(tables).find(([key]) => key === table) ?? []
  const reason = Object.entries(found ?? {}).find(([key]) => key === name)?.[1]
  if (typeof reason !== 'string') throw new Error(`${table}.${name} is not in src/crds/reasons.ts`)
  return reason
}

function isMetric(code: string): boolean {
  return /^(certmanager|certwright)_/.test(code)
}

/** The texts of a folder of src and those below, without tests and the list of reasons itself. */
function sources(folder: string): readonly string[] {
  const path = join(root, 'src', folder)
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('reasons.ts'))
    .map((file) => readFileSync(join(path, file), 'utf8'))
}
