import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isInNamespace, outsideNamespace } from './addresses.ts'
import { keptMarker } from './teardown.ts'
import { ensureTools } from './toolchain.ts'
import { toolNames } from './tools.ts'

/** Runs once before the integration tests. Throws when they cannot run here, with what to do about it. */
export async function setup(): Promise<void> {
  if (!isInNamespace()) throw new Error(outsideNamespace)
  await ensureTools(toolNames)
  await removeLeftFolders()
}

/** Folders of testbeds whose process was killed, and so could not remove them. */
async function removeLeftFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = /^certwright-testbed-(\d+)-/.exec(name)?.[1]
    if (owner === undefined || isAlive(Number(owner)) || existsSync(join(tmpdir(), name, keptMarker))) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true })
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
