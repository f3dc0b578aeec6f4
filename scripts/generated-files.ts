import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Files that a script makes, by path; with `only`, every other file in that folder that ends so is left over from earlier. */
export interface GeneratedFiles {
  readonly files: ReadonlyMap<string, string>
  readonly only?: { readonly folder: string; readonly ending: string }
}

/** Writes the files, or with `isCheck` only compares. Returns the paths that were not as they should be. */
export async function writeOrCompare(generated: GeneratedFiles, isCheck: boolean): Promise<readonly string[]> {
  const stale: string[] = []
  for (const [path, text] of generated.files) {
    if ((await contentOf(path)) === text) continue
    stale.push(path)
    if (isCheck) continue
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  for (const path of await leftOver(generated)) {
    stale.push(path)
    if (!isCheck) await rm(path)
  }
  return stale
}

/** Tells what was done, and fails the process when a check found a difference. `command` is what brings the files up to date. */
export function report(stale: readonly string[], isCheck: boolean, command: string): void {
  for (const path of stale) process.stdout.write(`${isCheck ? 'out of date' : 'written'}: ${path}\n`)
  if (!isCheck || stale.length === 0) return
  process.stderr.write(`run: ${command}\n`)
  process.exitCode = 1
}

async function leftOver({ files, only }: GeneratedFiles): Promise<readonly string[]> {
  if (only === undefined) return []
  const wanted = new Set([...files.keys()].map((path) => basename(path)))
  const present = await readdir(only.folder).catch(() => [])
  return present.filter((name) => name.endsWith(only.ending) && !wanted.has(name)).map((name) => join(only.folder, name))
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
