import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { buildProgress } from './build-progress.ts'
import type { BuildProgress } from './build-progress.ts'
import { goVersion } from './go-version.ts'
import { installPython } from './install-python.ts'
import { withMachineLock } from './machine-lock.ts'
import type { ManifestSource, ProgramSource, ToolName, ToolPaths, ToolSource } from './tools.ts'
import { parseToolNames, toolNames, toolSources } from './tools.ts'
import { unpackDebian } from './unpack-debian.ts'

const run = promisify(execFile)
const moduleFolder = join(import.meta.dirname, 'tools')

// Kubernetes reports its version from these variables; without them it calls itself v0.0.0 and clients refuse features.
const kubernetesVersion = { gitVersion: 'v1.36.3', gitMajor: '1', gitMinor: '36' }
const linkerFlags = [
  '-s',
  '-w',
  ...Object.entries(kubernetesVersion).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`),
]
const buildFlags = ['-trimpath', '-buildvcs=false', '-ldflags', linkerFlags.join(' ')]

/**
 * Returns the paths of these tools and builds those that are missing into the cache, which takes a quarter of an hour the
 * first time. Safe to call from several processes at once. Throws with a sentence for people when Go is missing or too old,
 * or with the compiler's last words when a build fails.
 */
export async function ensureTools<N extends ToolName>(names: readonly N[]): Promise<ToolPaths<N>> {
  const version = names.every((name) => fromAssets(name) !== undefined) ? '' : await goVersion(moduleFolder)
  const paths = new Map<ToolName, string>()
  for (const name of toolNames.filter((known) => names.some((wanted) => wanted === known))) {
    paths.set(name, fromAssets(name) ?? (await cachedPath(name, version)))
  }
  const isMissing = ([, path]: readonly [ToolName, string]): boolean => !existsSync(path)
  if ([...paths].some(isMissing)) {
    await withMachineLock('certwright-testbed-toolchain', waitingForAnotherBuild, () => buildAll([...paths].filter(isMissing)))
  }
  return Object.fromEntries(paths) as Record<N, string>
}

/** `KUBEBUILDER_ASSETS` names a folder with the control plane, as for controller-runtime's envtest. */
function fromAssets(name: ToolName): string | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS']
  if (folder === undefined || folder === '') return undefined
  const path = join(folder, name)
  return existsSync(path) ? path : undefined
}

/** Everything that can change the binary is in the name of its folder, so an old one is never taken for a new one. */
async function cachedPath(name: ToolName, version: string): Promise<string> {
  const source = toolSources[name]
  const hash = createHash('sha256').update(JSON.stringify([version, buildFlags, source]))
  for (const file of ['go.mod', 'go.sum', ...(await filesBelow(source.ownSources))]) {
    hash.update(`\0${file}\0`).update(await readFile(join(moduleFolder, file)))
  }
  return join(cacheFolder(), `${name}-${hash.digest('hex').slice(0, 16)}`, name)
}

/** Where the tools lie, and what else is made once and kept. */
export function cacheFolder(): string {
  const given = process.env['XDG_CACHE_HOME']
  return join(given === undefined || given === '' ? join(homedir(), '.cache') : given, 'certwright', 'testbed')
}

async function filesBelow(folders: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const folder of folders) {
    for (const entry of await readdir(join(moduleFolder, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) found.push(relative(moduleFolder, join(entry.parentPath, entry.name)))
    }
  }
  return found.sort()
}

function waitingForAnotherBuild(): void {
  process.stderr.write('testbed: another process is building the tools; waiting for it\n')
}

async function buildAll(missing: readonly (readonly [ToolName, string])[]): Promise<void> {
  // Whoever held the lock before us has built some of them, or all.
  const left = missing.filter(([, path]) => !existsSync(path))
  if (left.length === 0) return
  const progress = buildProgress(left.map(([name]) => name))
  const scratch = join(cacheFolder(), 'building')
  await writable(scratch)
  try {
    for (const [name, path] of left) await build(name, path, scratch, progress)
  } finally {
    progress.stop()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** An empty folder there. Throws with what to do where nothing can be written. */
async function writable(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new Error(`the tools cannot be kept in ${cacheFolder()} (${String(error)}); XDG_CACHE_HOME names another place`, { cause: error })
  }
}

async function build(name: ToolName, path: string, scratch: string, progress: BuildProgress): Promise<void> {
  progress.start(name)
  // What is downloaded may fail to come once, out of many hundred times.
  const output = await attempt(name, join(scratch, `${name}-first`)).catch((error: unknown) => {
    progress.tryAgain(name, lastLines(error))
    return attempt(name, join(scratch, `${name}-second`))
  })
  await mkdir(join(path, '..'), { recursive: true })
  await rename(output, path)
  progress.finish(name)
}

async function attempt(name: ToolName, scratch: string): Promise<string> {
  const output = join(scratch, name)
  await mkdir(scratch, { recursive: true })
  try {
    await make(toolSources[name], output, scratch)
  } catch (error) {
    throw new Error(`building ${name} failed:\n${lastLines(error)}`, { cause: error })
  }
  return output
}

function make(source: ToolSource, output: string, scratch: string): Promise<void> {
  switch (source.kind) {
    case 'program':
      return compile(source, output, scratch)
    case 'manifest':
      return gatherManifests(source, output)
    case 'package':
      return unpackDebian(source.name, output, scratch)
    case 'python':
      return installPython(join(moduleFolder, source.ownSources[0], 'requirements.txt'), output)
  }
}

async function compile(source: ProgramSource, output: string, scratch: string): Promise<void> {
  const moduleFlags = source.withSmallLego ? [`-modfile=${await smallLegoModule(scratch)}`] : []
  const folderFlags = source.ownModule === undefined ? [] : ['-C', source.ownModule]
  await runGo(['build', ...folderFlags, ...moduleFlags, ...buildFlags, '-o', output, source.goPackage])
}

async function gatherManifests({ goModule, folder, prefix = '' }: ManifestSource, output: string): Promise<void> {
  const from = join(await sourcesOf(goModule), folder)
  const files = (await readdir(from))
    .filter((file) => file.startsWith(prefix) && file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .sort()
  const contents = await Promise.all(files.map((file) => readFile(join(from, file), 'utf8')))
  await writeFile(output, contents.join('\n---\n'))
}

/** The folder of the module cache with the sources of a module, which are downloaded if they are not there. */
async function sourcesOf(goModule: string): Promise<string> {
  const { Dir: folder } = JSON.parse(await runGo(['mod', 'download', '-json', goModule])) as { Dir: string }
  return folder
}

async function runGo(words: readonly string[]): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' }
  const { stdout } = await run('go', words, { cwd: moduleFolder, env, maxBuffer: 1 << 26 })
  return stdout
}

/**
 * Writes a go.mod beside a copy of lego in which the registry of DNS providers is our stub, and returns its path.
 * A copy, because Go 1.26 refuses `-overlay` for files in the module cache.
 */
async function smallLegoModule(scratch: string): Promise<string> {
  const lego = 'github.com/go-acme/lego/v4'
  const original = await sourcesOf(lego)
  const copy = join(scratch, 'lego')
  const providers = join('providers', 'dns')
  await copyFiles(original, copy, (path) => path !== providers)
  await mkdir(join(copy, providers))
  await copyFile(join(moduleFolder, 'overlay', 'lego_dns_providers.go'), join(copy, providers, 'providers.go'))
  const modfile = join(scratch, 'go.mod')
  await writeFile(modfile, `${await readFile(join(moduleFolder, 'go.mod'), 'utf8')}\nreplace ${lego} => ${copy}\n`)
  await copyFile(join(moduleFolder, 'go.sum'), join(scratch, 'go.sum'))
  return modfile
}

/** Copies files only: the folders of the module cache are read-only, and a copy with their modes could not be removed. */
async function copyFiles(from: string, to: string, isWanted: (path: string) => boolean, below = ''): Promise<void> {
  await mkdir(join(to, below), { recursive: true })
  for (const entry of await readdir(join(from, below), { withFileTypes: true })) {
    const path = join(below, entry.name)
    if (!isWanted(path)) continue
    if (entry.isDirectory()) await copyFiles(from, to, isWanted, path)
    else await copyFile(join(from, path), join(to, path))
  }
}

function lastLines(error: unknown): string {
  const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return output.trimEnd().split('\n').slice(-20).join('\n')
}

/** `node toolchain.ts [tool,tool…]` builds these (default: all) and prints their paths. */
async function main(): Promise<void> {
  const [list] = process.argv.slice(2)
  const paths = await ensureTools(list === undefined ? toolNames : parseToolNames(list))
  for (const path of Object.values(paths)) process.stdout.write(`${path}\n`)
}

if (import.meta.main) await main()
