import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { goVersion } from '../testbed/go-version.ts'
import { withMachineLock } from '../testbed/machine-lock.ts'
import type { Edit } from './sources.ts'
import { applyEdit, copyModule, modfileWith, runGo } from './sources.ts'

/** What a run needs besides the tools of the testbed. */
export interface Programs {
  /** The compiled suite, and what runs it in parallel. */
  readonly suite: string
  readonly ginkgo: string
  readonly pebble: string
  /** undefined: none was given. */
  readonly sampleExternalIssuer: SampleExternalIssuer | undefined
  /** The sample of a DNS-01 webhook; undefined: none was given. */
  readonly sampleWebhook: string | undefined
}

export interface SampleExternalIssuer {
  readonly program: string
  /** The folder with its kinds. */
  readonly crds: string
}

/** What is handed to a run: programs that others have built. */
export interface GivenPrograms {
  readonly suite: string
  readonly ginkgo: string
  readonly sampleExternalIssuer: SampleExternalIssuer | undefined
  readonly sampleWebhook: string | undefined
}

const testbedModule = join(import.meta.dirname, '..', 'testbed', 'tools')
const buildFlags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w']

// The suite has Ed25519 keys certified, which Pebble refuses by default, as CAs on the internet do.
const acceptEd25519: Edit = {
  file: 'wfe/wfe.go',
  from: '\tx509.ECDSAWithSHA512: true,\n',
  to: '\tx509.ECDSAWithSHA512: true,\n\tx509.PureEd25519: true,\n',
}

/** Adds the ACME server that the suite expects, built into the cache when it is not there. Throws with the compiler's last words. */
export async function withPebble(given: GivenPrograms): Promise<Programs> {
  const version = await goVersion(testbedModule)
  const pebble = await withMachineLock('certwright-conformance', waitingForAnotherBuild, () => buildPebble(version))
  return { ...given, pebble: join(pebble, 'pebble') }
}

async function buildPebble(version: string): Promise<string> {
  const sources = await Promise.all(['go.sum', 'pebble/main.go'].map((file) => readFile(join(testbedModule, file), 'utf8')))
  return cached('pebble', [version, sources, acceptEd25519], async (scratch, output) => {
    const module = 'github.com/letsencrypt/pebble/v2'
    const { Dir: original } = JSON.parse(await runGo(testbedModule, ['mod', 'download', '-json', module])) as { Dir: string }
    const copy = join(scratch, 'pebble')
    await copyModule(original, copy)
    await applyEdit(copy, acceptEd25519)
    const modfile = await modfileWith(testbedModule, scratch, { module, by: copy })
    await runGo(testbedModule, ['build', `-modfile=${modfile}`, ...buildFlags, '-o', join(output, 'pebble'), './pebble'])
  })
}

/** The folder of the cache that `build` has filled. Everything that can change its contents is in `inputs`, and so in its name. */
async function cached(
  name: string,
  inputs: readonly unknown[],
  build: (scratch: string, output: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([inputs, buildFlags]))
  const folder = join(cacheFolder(), `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  process.stderr.write(`conformance: building ${name} from source, once\n`)
  await mkdir(cacheFolder(), { recursive: true })
  const scratch = await mkdtemp(join(tmpdir(), 'certwright-conformance-'))
  // In the cache already, so that the last step is a rename within one file system.
  const output = await mkdtemp(join(cacheFolder(), 'unfinished-'))
  try {
    await build(scratch, output)
    await rename(output, folder)
  } finally {
    await rm(scratch, { recursive: true, force: true })
    await rm(output, { recursive: true, force: true })
  }
  return folder
}

function cacheFolder(): string {
  const given = process.env['XDG_CACHE_HOME']
  return join(given === undefined || given === '' ? join(homedir(), '.cache') : given, 'certwright', 'conformance')
}

function waitingForAnotherBuild(): void {
  process.stderr.write('conformance: another process is building; waiting for it\n')
}
