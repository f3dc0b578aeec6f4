import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const entry = join(root, 'src', 'main.ts')

// Bundled CommonJS packages call require() for Node's own modules; an ES module has none unless it makes one.
const requireForCommonJs =
  "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);"

/**
 * Bundles the operator with all its packages into main.mjs of this folder, which is emptied, and chunks beside it. What the source
 * imports when first needed becomes a chunk that is loaded when first needed. Not minified: a stack trace has to be readable.
 * Throws when something cannot be resolved; esbuild has then said what.
 */
export async function bundleInto(outputFolder: string): Promise<{ readonly files: number; readonly bytes: number }> {
  await rm(outputFolder, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: [entry],
    outdir: outputFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: false,
    legalComments: 'none',
    banner: { js: requireForCommonJs },
    metafile: true,
    logLevel: 'warning',
  })
  const sizes = Object.values(metafile.outputs).map((output) => output.bytes)
  return { files: sizes.length, bytes: sizes.reduce((a, b) => a + b, 0) }
}

async function main(): Promise<void> {
  try {
    const { files, bytes } = await bundleInto(join(root, 'dist'))
    process.stdout.write(`dist: ${files} files, ${Math.round(bytes / 1024)} KiB\n`)
  } catch {
    process.exitCode = 1
  }
}

if (import.meta.main) await main()
