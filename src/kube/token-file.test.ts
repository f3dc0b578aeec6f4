import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tokenFile } from './token-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-file-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function put(token: string, modified: number): Promise<string> {
  const path = join(folder, 'token')
  await writeFile(path, `${token}\n`)
  await utimes(path, modified, modified)
  return path
}

test('a replaced token is used after a minute, or at once after invalidate', async () => {
  let now = 0
  const token = tokenFile(await put('first', 1), () => now)
  const read = async (): Promise<string> => (await token.read()).reveal()
  expect(await read()).toBe('first')
  await put('second', 2)
  now = 59_999
  expect(await read()).toBe('first')
  now = 60_000
  expect(await read()).toBe('second')
  await put('third', 2) // within the resolution of the file system's clock
  token.invalidate()
  expect(await read()).toBe('third')
})

test('many who ask at once read the file once, and see the same token', async () => {
  const token = tokenFile(await put('first', 1), () => 0)
  const read = await Promise.all([token.read(), token.read(), token.read()])
  expect(new Set(read).size).toBe(1)
})

test('the token is not shown by accident', async () => {
  const token = await tokenFile(await put('hunter2', 1), () => 0).read()
  expect(`${token} ${JSON.stringify(token)}`).not.toContain('hunter2')
})
