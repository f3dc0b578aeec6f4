import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..', '..')

test.each<[when: string, files: Readonly<Record<string, string>>, closingLine: string, code: number]>([
  ['all tests pass', { 'a.test.js': "test('a', () => {}); test('b', () => {})" }, '2 passed, 0 failed', 0],
  ['a test fails', { 'a.test.js': "test('a', () => {}); test('b', () => expect(1).toBe(2))" }, '1 passed, 1 failed', 1],
  ['a file does not load', { 'a.test.js': "test('a', () => {})", 'b.test.js': "import './missing.js'" }, '1 passed, 1 failed', 1],
  [
    'a hook fails',
    { 'a.test.js': "describe('s', () => { beforeAll(() => { throw new Error() }); test('a', () => {}) })" },
    '0 passed, 1 failed',
    1,
  ],
  [
    'an error happens outside of tests',
    { 'a.test.js': "test('a', () => void Promise.reject(new Error('late')))" },
    '1 passed, 1 failed',
    1,
  ],
  ['a skipped test is neither', { 'a.test.js': "test('a', () => {}); test.todo('b')" }, '1 passed, 0 failed', 0],
  ['there is no test', {}, '0 passed, 1 failed', 1],
])('when %s, the last line and the exit code say so', async (_when, files, closingLine, code) => {
  const folder = await mkdtemp(join(tmpdir(), 'closing-line-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)

  const result = await runVitest(folder)

  expect(result.output.trimEnd().split('\n').at(-1)).toBe(closingLine)
  expect(result.code).toBe(code)
  await rm(folder, { recursive: true })
})

async function runVitest(folder: string): Promise<{ readonly output: string; readonly code: number | null }> {
  const reporter = join(import.meta.dirname, 'closing-line-reporter.ts')
  const words = ['run', '--globals', `--root=${folder}`, '--reporter=default', `--reporter=${reporter}`]
  const child = spawn(process.execPath, [join(repository, 'node_modules', 'vitest', 'vitest.mjs'), ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { output, code: child.exitCode }
}
