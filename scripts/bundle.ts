import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const entry = join(root, 'src', 'main.ts')
const outputFolder = join(root, 'dist')

// Bundled CommonJS packages call require() for Node's own modules; an ES module has none unless it makes one.
const requireForCommonJs =
  "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);"

/**
 * Bundles the operator with all its packages into dist/main.mjs and chunks beside it. What the source imports when first
 * needed becomes a chunk that is loaded when first needed. Not minified: a stack trace has to be readable.
 * Throws when something cannot be resolved; esbuild has then said what.
 */
async function bundle(): Promise<void> {
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
  process.stdout.write(`dist: ${sizes.length} files, ${Math.round(sizes.reduce((a, b) => a + b, 0) / 1024)} KiB\n`)
}

if (!existsSync(entry)) {
  process.stderr.write('src/main.ts does not exist: there is nothing to bundle\n')
  process.exitCode = 1
} else {
  await bundle().catch(() => {
    process.exitCode = 1
  })
}
