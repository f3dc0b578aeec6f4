import { beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { pages, readPage } from '../architecture/markdown.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { ensureTools } from '../testbed/toolchain.ts'

/** Kinds of operators that the testbed does not run, and that of a file, see test/architecture/flags-doc.test.ts. */
const kindsOfOthers: readonly string[] = ['ServiceMonitor', 'PodMonitor', 'PrometheusRule', 'ControllerConfiguration']

interface Page {
  readonly page: string
  readonly examples: readonly Example[]
}

interface Example {
  readonly yaml: string
  readonly objects: readonly Readonly<Record<string, unknown>>[]
}

const testbed = sharedTestbed({ name: 'docs' })
const withExamples = pages().flatMap((page): readonly Page[] => {
  const examples = examplesIn(page)
  return examples.length === 0 ? [] : [{ page, examples }]
})
const objects = withExamples.flatMap(({ examples }) => examples.flatMap((example) => example.objects))

beforeAll(async () => {
  const { 'gateway-api.yaml': gatewayApi } = await ensureTools(['gateway-api.yaml'])
  await kubectl(['apply', '--server-side', '-f', gatewayApi])
  for (const namespace of new Set(objects.flatMap(namespaceOf))) {
    if (namespace !== 'default' && !namespace.startsWith('kube-')) await kubectl(['create', 'namespace', namespace])
  }
})

test('the pages have examples', () => {
  expect(objects.length).toBeGreaterThan(20)
})

test.each(withExamples)('the API server accepts the examples in $page, with every field', async ({ examples }) => {
  const input = examples.map(({ yaml }) => yaml).join('\n---\n')
  const { code, stderr } = await testbed().kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input })
  expect(stderr).toBe('')
  expect(code).toBe(0)
})

function examplesIn(page: string): readonly Example[] {
  return [...readPage(page).matchAll(/^```yaml\n([^]*?)^```$/gm)].flatMap((match) => {
    const yaml = match[1] ?? ''
    const found = parseAllDocuments(yaml).flatMap((document): Example['objects'] => {
      const object: unknown = document.toJS()
      return isObject(object) ? [object] : []
    })
    const isOfOthers = found.some(({ kind }) => typeof kind === 'string' && kindsOfOthers.includes(kind))
    return found.length === 0 || isOfOthers ? [] : [{ yaml, objects: found }]
  })
}

/** What has no `apiVersion` is a part of something: values of a chart, a fragment. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'apiVersion' in value && 'kind' in value
}

function namespaceOf({ metadata }: Readonly<Record<string, unknown>>): readonly string[] {
  const namespace: unknown = typeof metadata === 'object' && metadata !== null && 'namespace' in metadata ? metadata.namespace : undefined
  return typeof namespace === 'string' ? [namespace] : []
}

async function kubectl(words: readonly string[]): Promise<void> {
  const { code, stderr } = await testbed().kubectl(words)
  if (code !== 0) throw new Error(stderr)
}
