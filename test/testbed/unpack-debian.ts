import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Puts the files of a Debian package, and of those that it needs and this machine lacks, into a folder. Nothing is installed: an
 * installation would start the servers in it. Throws with what to do where there is no apt.
 */
export async function unpackDebian(name: string, folder: string, scratch: string): Promise<void> {
  const archives = join(scratch, `${name}-archives`)
  await mkdir(join(archives, 'partial'), { recursive: true })
  try {
    await download(name, archives)
  } catch (error) {
    if (isAbsent(error)) throw new Error(`the Debian package ${name} is needed, and this machine has no apt-get`, { cause: error })
    // The lists of packages may be missing or old.
    await run('apt-get', ['update', '-qq'])
    await download(name, archives)
  }
  await mkdir(folder)
  for (const file of await readdir(archives)) {
    if (file.endsWith('.deb')) await run('dpkg-deb', ['--extract', join(archives, file), folder])
  }
}

async function download(name: string, archives: string): Promise<void> {
  const options = [`Dir::Cache::archives=${archives}`, 'Debug::NoLocking=1', 'APT::Sandbox::User=root', 'Acquire::Retries=3'].flatMap(
    (option) => ['-o', option],
  )
  // `--reinstall`: also where it is installed already.
  await run('apt-get', ['install', '-y', '-qq', '--download-only', '--reinstall', '--no-install-recommends', ...options, name])
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
