import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Testbed, TestbedOptions } from './testbed.ts'
import { startTestbed } from './testbed.ts'

/**
 * Gives a test file one testbed for all its tests, with our kinds unless told otherwise: `const testbed = sharedTestbed({ name: 'orders' })` at the
 * top, `testbed()` within tests and hooks. The folder with the logs is kept, and named on stderr, when a test or a hook fails.
 */
export function sharedTestbed(options: TestbedOptions = {}): () => Testbed {
  let testbed: Testbed | undefined
  let hasFailed = false
  const keepLogs = (): void => {
    hasFailed = true
    testbed?.keepFolder()
  }

  beforeAll(async () => {
    testbed = await startTestbed({ installed: 'kinds', ...options })
  })
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') keepLogs()
  })
  // vitest wants the names of fixtures in its first argument, and there are none.
  // oxlint-disable-next-line no-empty-pattern
  afterAll(async ({}, file) => {
    // A hook of the file itself has failed.
    if (file.result?.state === 'fail') keepLogs()
    if (hasFailed && testbed !== undefined) process.stderr.write(`the logs of the testbed are in ${testbed.folder}\n`)
    await testbed?.stop()
  })
  return () => {
    if (testbed === undefined) throw new Error('the testbed starts in beforeAll: call this within a test or a hook')
    return testbed
  }
}
