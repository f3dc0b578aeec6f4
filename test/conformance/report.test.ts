import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { failuresOf, merged, namesIn, readReport, tableOf } from './report.ts'

const folders: string[] = []

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true })
})

const spec = (text: string, State: string, more: object = {}): object => ({
  ContainerHierarchyTexts: ['[Conformance] [RBAC] Issuers', 'with namespace view access'],
  LeafNodeText: text,
  LeafNodeType: 'It',
  State,
  RunTime: 2_000_000_000,
  ...more,
})

async function report(...specs: readonly object[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certwright-report-'))
  folders.push(folder)
  const path = join(folder, 'report.json')
  await writeFile(path, JSON.stringify([{ SuiteDescription: 'the suite', SpecReports: specs }]))
  return path
}

test('a failing spec is told with its full name and one line of what went wrong', async () => {
  const path = await report(
    spec('should read', 'failed', {
      Failure: {
        Message: 'Unexpected error:\n    <*errors.StatusError | 0x2ea>: \n    it is gone\n    {\n        Code: 404,\n    }\noccurred',
      },
    }),
  )
  expect(failuresOf(await readReport(path))).toBe(
    '[rbac] [Conformance] [RBAC] Issuers with namespace view access should read\n    Unexpected error: it is gone (2 s)\n',
  )
})

test('a spec that panicked, or that ran out of time, has failed', async () => {
  const results = await readReport(await report(spec('a', 'panicked', { Failure: { ForwardedPanic: 'nil map' } }), spec('b', 'timedout')))
  expect(results.map(({ outcome, why }) => [outcome, why])).toEqual([
    ['failed', 'nil map'],
    ['failed', 'timedout'],
  ])
})

test('the specs are named as ginkgo names them when it looks for a focus', async () => {
  const path = await report(spec('should read', 'passed'), { ...spec('', 'passed'), LeafNodeType: 'BeforeSuite' })
  expect(await namesIn(path)).toEqual({
    suite: 'the suite',
    names: ['[Conformance] [RBAC] Issuers with namespace view access should read'],
  })
})

test('of two reports, the one counts in which the spec was run', async () => {
  const one = await readReport(await report(spec('a', 'skipped'), spec('b', 'passed')))
  const other = await readReport(await report(spec('a', 'passed'), spec('b', 'skipped')))
  expect(merged([one, other]).map(({ outcome }) => outcome)).toEqual(['passed', 'passed'])
})

test('the table counts by group', async () => {
  const results = await readReport(
    await report(spec('a', 'passed'), spec('b', 'failed'), spec('c', 'skipped'), { ...spec('d', 'passed'), LeafNodeType: 'BeforeSuite' }),
  )
  expect(tableOf(results)).toContain('| Roles for people | `rbac` | 1 | 1 | 1 |  |')
  expect(tableOf(results)).toContain('| All | | 1 | 1 | 1 | |')
})
