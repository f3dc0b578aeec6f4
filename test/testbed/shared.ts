import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Testbed, TestbedOptions } from './testbed.ts'
import { startTestbed } from './testbed.ts'

export interface SharedTestbedOptions extends TestbedOptions {
  /** Leaves our CRDs away. */
  readonly isBare?: boolean
}

const customResources = join(import.meta.dirname, '..', '..', 'deploy', 'crds')

/**
 * Gives a test file one testbed for all its tests, with our CRDs installed: `const testbed = sharedTestbed({ name: 'orders' })` at the
 * top, `testbed()` within tests and hooks. The folder with the logs is kept, and named on stderr, when a test or a hook fails.
 */
export function sharedTestbed(options: SharedTestbedOptions = {}): () => Testbed {
  let testbed: Testbed | undefined
  let hasFailed = false
  const keepLogs = (): void => {
    hasFailed = true
    testbed?.keepFolder()
  }

  beforeAll(async () => {
    testbed = await startTestbed(options)
    if (options.isBare !== true) await installCustomResources(testbed)
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

/** Installs `deploy/crds`, if it is there, and waits until the API server serves the kinds. Throws with what kubectl said. */
export async function installCustomResources(testbed: Testbed): Promise<void> {
  if (!existsSync(customResources)) return
  const applied = await testbed.kubectl(['apply', '--server-side', '-f', customResources])
  if (applied.code !== 0) throw new Error(`installing ${customResources} failed: ${applied.stderr}`)
  const waited = await testbed.kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', customResources])
  if (waited.code !== 0) throw new Error(`the kinds of ${customResources} are not served: ${waited.stderr}`)
}
