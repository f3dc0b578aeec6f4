import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureTools } from '../test/testbed/toolchain.ts'
import { report, writeOrCompare } from './generated-files.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const manifestPath = join(root, 'deploy', 'certwright.yaml')

const opening = `# Certwright, everything in one manifest: kubectl apply -f certwright.yaml
# Made from charts/certwright by scripts/static-manifest.ts; change it there. For choices, install the chart.
apiVersion: v1
kind: Namespace
metadata:
  name: cert-manager
  labels:
    pod-security.kubernetes.io/enforce: restricted
`

/** The manifest, rendered from the chart by this helm. Throws with what helm said when the chart does not render. */
export async function staticManifest(helm: string): Promise<string> {
  const settings = ['creator=static', 'crds.enabled=true', 'crds.keep=false', 'admission.stampRequester=true']
  const values = settings.flatMap((value) => ['--set', value])
  const chart = join(root, 'charts', 'certwright')
  const { stdout } = await run(helm, ['template', 'certwright', chart, '--namespace', 'cert-manager', ...values], { maxBuffer: 1 << 26 })
  return opening + withoutSources(stdout)
}

/** Helm notes the template above each object, which says nothing to those who apply the manifest. */
function withoutSources(rendered: string): string {
  return `${rendered
    .replaceAll(/^# Source: .*\n/gm, '')
    .replaceAll(/\n+(?=---$)/gm, '\n')
    .trim()}\n`
}

/** `node scripts/static-manifest.ts [--check] [--helm path]`; without a path, helm is built with the tools of the tests. */
async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check')
  const given = process.argv.indexOf('--helm')
  const helm = given < 0 ? (await ensureTools(['helm'])).helm : (process.argv[given + 1] ?? 'helm')
  const stale = await writeOrCompare({ files: new Map([[manifestPath, await staticManifest(helm)]]) }, isCheck)
  report(stale, isCheck, 'node scripts/static-manifest.ts')
}

if (import.meta.main) await main()
