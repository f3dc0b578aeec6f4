import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { report, writeOrCompare } from './generated-files.ts'

const root = join(import.meta.dirname, '..')
const crdFolder = join(root, 'deploy', 'crds')
const templateFolder = join(root, 'charts', 'certwright', 'templates', 'crds')

/** The chart's template of one CRD. `yaml` is the CRD as generated; throws when it does not begin as those do. */
export function chartTemplateOf(yaml: string): string {
  const lines = escapeActions(yaml).trimEnd().split('\n')
  const metadata = lines.indexOf('metadata:')
  if (metadata < 0) throw new Error('a CRD without metadata')
  const annotations = lines.indexOf('  annotations:', metadata)
  const keep = ['    {{- if .Values.crds.keep }}', '    helm.sh/resource-policy: keep', '    {{- end }}']
  const withPolicy =
    annotations < 0
      ? lines.toSpliced(
          metadata + 1,
          0,
          '  {{- if .Values.crds.keep }}',
          '  annotations:',
          '    helm.sh/resource-policy: keep',
          '  {{- end }}',
        )
      : lines.toSpliced(annotations + 1, 0, ...keep)
  return ['{{- if or .Values.crds.enabled .Values.installCRDs }}', ...withPolicy, '{{- end }}', ''].join('\n')
}

/** Helm would run what stands between double braces, for example in the text of a description. */
function escapeActions(yaml: string): string {
  return yaml.replaceAll('{{', '{{ "{{" }}')
}

/** The templates of all CRDs in deploy/crds, by path. Throws when there are none. */
export async function chartTemplates(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(crdFolder).catch(() => [])).filter((name) => name.endsWith('.yaml')).sort()
  if (names.length === 0) throw new Error('deploy/crds is empty: generate the CRDs first (node src/crds/generate.ts)')
  const templates = names.map(async (name): Promise<[string, string]> => [
    join(templateFolder, name),
    chartTemplateOf(await readFile(join(crdFolder, name), 'utf8')),
  ])
  return new Map(await Promise.all(templates))
}

/** `node scripts/sync-chart-crds.ts [--check]` */
async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check')
  const stale = await writeOrCompare({ files: await chartTemplates(), only: { folder: templateFolder, ending: '.yaml' } }, isCheck)
  report(stale, isCheck, 'node scripts/sync-chart-crds.ts')
}

if (import.meta.main) await main()
