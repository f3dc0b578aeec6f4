import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bundleInto } from '../../scripts/bundle.ts'
import { isInNamespace, outsideNamespace } from './addresses.ts'
import { keptMarker } from './teardown.ts'
import { ensureTools } from './toolchain.ts'
import { toolNames } from './tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The operator of this run: bundled, as in the image, so that it need not be compiled at each start. */
    readonly operatorEntry: string
  }
}

/** Runs once before the integration tests. Throws when they cannot run here, with what to do about it. Returns how to tidy up. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  if (!isInNamespace()) throw new Error(outsideNamespace)
  await ensureTools(toolNames)
  await removeLeftFolders()
  // Named like the folder of a testbed: when we are killed, the next run removes it.
  const folder = await mkdtemp(join(tmpdir(), `certwright-testbed-${process.pid}-operator-`))
  await bundleInto(folder)
  provide('operatorEntry', join(folder, 'main.mjs'))
  return () => rm(folder, { recursive: true, force: true })
}

/** Folders of testbeds whose process was killed, and so could not remove them. */
async function removeLeftFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = /^certwright-testbed-(\d+)-/.exec(name)?.[1]
    if (owner === undefined || isAlive(Number(owner)) || existsSync(join(tmpdir(), name, keptMarker))) continue
    // That of another user is not ours to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
