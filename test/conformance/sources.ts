import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A change to one file of somebody else's sources: `from`, which occurs once, becomes `to`. */
export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Copies a module of Go's module cache, files only: the folders there are read-only, and a copy with their modes could not be removed. */
export async function copyModule(from: string, to: string): Promise<void> {
  await mkdir(to)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyModule(source, target)
    else await writeFile(target, await readFile(source))
  }
}

/** Throws when the place is not there exactly once: then these are other sources than the edit was made for. */
export async function applyEdit(folder: string, { file, from, to }: Edit): Promise<void> {
  const path = join(folder, file)
  const parts = (await readFile(path, 'utf8')).split(from)
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like "${from.trim()}", not one: adapt the edit`)
  await writeFile(path, parts.join(to))
}

/** Runs the Go of the PATH, without a workspace and without cgo; returns what it prints. Throws with the end of its complaints. */
export async function runGo(folder: string, words: readonly string[]): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' }
  try {
    return (await run('go', words, { cwd: folder, env, maxBuffer: 1 << 26 })).stdout
  } catch (error) {
    const complaints = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw new Error(`go ${words.slice(0, 2).join(' ')} failed:\n${complaints.trimEnd().split('\n').slice(-20).join('\n')}`, {
      cause: error,
    })
  }
}

/** Copies go.mod and go.sum, and lets a module be read from a folder. Returns the file for `-modfile`. */
export async function modfileWith(
  original: string,
  folder: string,
  replace: { readonly module: string; readonly by: string },
): Promise<string> {
  const modfile = join(folder, 'go.mod')
  await writeFile(modfile, `${await readFile(join(original, 'go.mod'), 'utf8')}\nreplace ${replace.module} => ${replace.by}\n`)
  await copyFile(join(original, 'go.sum'), join(folder, 'go.sum'))
  return modfile
}
