import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The version and platform of the Go that builds this module, e.g. `go1.26.8 linux/amd64`. Throws, saying what to install, when it will not do. */
export async function goVersion(moduleFolder: string): Promise<string> {
  const needed = /^go (\d+\.\d+)/m.exec(await readFile(join(moduleFolder, 'go.mod'), 'utf8'))?.[1] ?? '1.26'
  const advice = `the testbed builds its control plane with Go ${needed} or newer: install it from https://go.dev/dl and put it on the PATH`
  let answer: string
  try {
    answer = (await run('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], { cwd: moduleFolder })).stdout
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new Error(`${isMissing ? 'there is no `go`' : `\`go env\` failed (${String(error)})`}; ${advice}`, { cause: error })
  }
  const [version = '', system = '', architecture = ''] = answer.trim().split('\n')
  if (isOlder(version, needed)) throw new Error(`this is ${version}; ${advice}`)
  return `${version} ${system}/${architecture}`
}

/** Whether `go1.25.3` is older than `1.26`. Development versions (`devel …`) count as new. */
function isOlder(version: string, needed: string): boolean {
  const found = /^go(\d+)\.(\d+)/.exec(version)
  if (found === null) return false
  const [major = 0, minor = 0] = found.slice(1).map(Number)
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number)
  return major < neededMajor || (major === neededMajor && minor < neededMinor)
}
