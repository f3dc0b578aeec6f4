import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Makes a virtual environment with exactly these packages, each checked by its hash. It may be moved: run what is in it as a module
 * (`bin/python -m …`), not by the scripts of `bin`, which name the old place. Throws with what to do where there is no Python.
 */
export async function installPython(requirements: string, folder: string): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', folder])
  } catch (error) {
    const advice = 'Python 3.10 or newer with its module venv is needed; on Debian: apt-get install python3-venv'
    throw new Error(`python3 -m venv failed (${String(error)}); ${advice}`, { cause: error })
  }
  const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--require-hashes']
  await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...options, '--requirement', requirements])
}
