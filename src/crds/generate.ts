import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { manifests } from './manifests.ts'

// `node src/crds/generate.ts` writes deploy/crds; with `--check` it writes nothing and fails when a file is not what it would write.

const folder = new URL('../../deploy/crds/', import.meta.url)

if (process.argv.includes('--check')) await check()
else await write()

async function write(): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const { name, text } of manifests()) await writeFile(new URL(name, folder), text)
}

async function check(): Promise<void> {
  const stale: string[] = []
  for (const { name, text } of manifests()) {
    const found = await readFile(new URL(name, folder), 'utf8').catch(() => undefined)
    if (found !== text) stale.push(name)
  }
  if (stale.length === 0) return
  console.error(`not up to date in deploy/crds: ${stale.join(', ')}; run node src/crds/generate.ts`)
  process.exitCode = 1
}
