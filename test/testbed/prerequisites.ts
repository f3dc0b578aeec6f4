import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs of others that tests use, most of them as judges of what we write, and the Debian package that has each. */
const programs = { openssl: 'openssl', keytool: 'default-jre-headless', python3: 'python3-venv' } as const

/** A mirror may be away for a moment, and another apt may be at work. */
const patiently = ['-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=300']

/** `node prerequisites.ts` installs what is missing where that is possible, and says what to do where it is not. */
function main(): void {
  const missing = Object.entries(programs).filter(([program]) => !isInstalled(program) || (program === 'python3' && !hasVenv()))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  process.stdout.write(`the tests need ${missing.map(([program]) => program).join(' and ')}\n`)
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    process.stderr.write(`install them first; on Debian: apt-get install ${packages.join(' ')}\n`)
    process.exitCode = 1
    return
  }
  apt('update', '-qq', ...patiently)
  apt('install', '-y', ...patiently, '-qq', '--no-install-recommends', ...packages)
}

function apt(...words: readonly string[]): void {
  execFileSync('apt-get', words, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Debian has it in a package of its own. */
function hasVenv(): boolean {
  return spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' }).status === 0
}

main()
