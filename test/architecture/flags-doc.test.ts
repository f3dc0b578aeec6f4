import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadOptions, readOptions } from '../../src/app/options.ts'
import { readPage, root, tableRows } from './markdown.ts'

const documented = tableRows(readPage('docs/flags.md'))
  .map(([flag = '', fallback = '']) => ({ flag: /^`--([\w-]+)`$/.exec(flag)?.[1], fallback: fallback.replaceAll('`', '') }))
  .flatMap(({ flag, fallback }) => (flag === undefined ? [] : [{ flag, fallback }]))
const withDefault = documented.filter(({ fallback }) => fallback !== '')
const withoutEffect = documented.filter(({ fallback }) => fallback === '').map(({ flag }) => flag)

test('docs/flags.md has a row with a default for each flag of the operator, and for no other', () => {
  // What the environment gives is in the options too, and is no flag.
  const { identity: _identity, podIp: _podIp, ...flags } = options([])
  expect(withDefault.map(({ flag }) => flag).toSorted()).toEqual(Object.keys(flags).toSorted())
})

test.each(withDefault)('--$flag=$fallback says the same as leaving --$flag out', ({ flag, fallback }) => {
  expect(options([`--${flag}=${fallback === '""' ? '' : fallback}`])).toEqual(options([]))
})

test('docs/flags.md has a row without a default for each flag that is accepted and means nothing here, and for no other', () => {
  const source = readFileSync(join(root, 'src', 'app', 'options.ts'), 'utf8')
  const accepted = [...source.matchAll(/^ {2}'--([\w-]+)',$/gm)].map(([, flag]) => flag ?? '')
  expect(withoutEffect.toSorted()).toEqual(accepted.toSorted())
})

test('the configuration file in docs/flags.md is read without a complaint', async () => {
  const example = /^```yaml\n(apiVersion: controller\.config[^]*?)^```$/m.exec(readPage('docs/flags.md'))?.[1] ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'certwright-flags-'))
  const file = join(folder, 'config.yaml')
  await writeFile(file, example)
  try {
    const reading = await loadOptions([`--config=${file}`], {}, 1)
    expect(reading).toMatchObject({ kind: 'ok', ignored: [], options: { v: 4 } })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('none of the flags in docs/flags.md is reported as ignored when the operator starts', () => {
  const reading = readOptions(
    withoutEffect.map((flag) => `--${flag}=1`),
    {},
    1,
  )
  expect(reading).toMatchObject({ kind: 'ok', ignored: [] })
})

function options(args: readonly string[]) {
  const reading = readOptions(args, {}, 1)
  if (reading.kind === 'invalid') throw new Error(reading.why)
  return reading.options
}
