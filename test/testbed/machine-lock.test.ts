import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { withMachineLock } from './machine-lock.ts'

test('of several that want the lock, one holds it at a time and all get it', async () => {
  const name = `lock-${randomUUID()}`
  let holders = 0
  let most = 0
  const finished: number[] = []
  await Promise.all(
    [1, 2, 3, 4].map((number) =>
      withMachineLock(
        name,
        () => undefined,
        async () => {
          holders += 1
          most = Math.max(most, holders)
          await new Promise((resolve) => setImmediate(resolve))
          holders -= 1
          finished.push(number)
        },
      ),
    ),
  )
  expect(most).toBe(1)
  expect(finished.toSorted()).toEqual([1, 2, 3, 4])
})

test('a lock is free again when its holder is killed', async () => {
  const name = `lock-${randomUUID()}`
  const script = `const { withMachineLock } = await import('${new URL('machine-lock.ts', import.meta.url).href}')
    await withMachineLock('${name}', () => {}, () => new Promise(() => console.log('held') || setInterval(() => {}, 1e6)))`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')

  let hasWaited = false
  const acquired = withMachineLock(
    name,
    () => {
      hasWaited = true
      holder.kill('SIGKILL')
    },
    async () => 'acquired',
  )

  expect(await acquired).toBe('acquired')
  expect(hasWaited).toBe(true)
})

test('the lock is given back when the work fails', async () => {
  const name = `lock-${randomUUID()}`
  await expect(
    withMachineLock(
      name,
      () => undefined,
      () => Promise.reject(new Error('no compiler')),
    ),
  ).rejects.toThrow('no compiler')
  expect(
    await withMachineLock(
      name,
      () => undefined,
      async () => 'acquired',
    ),
  ).toBe('acquired')
})
