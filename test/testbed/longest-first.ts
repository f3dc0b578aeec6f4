import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/**
 * The files that take longest, so that none of them is begun last and runs alone. vitest goes by the durations of the last run, but a
 * new checkout has none, and then by sizes, which say little: a thousand Ingresses are one short test.
 */
const longest = ['crash', 'ingress-shim-many', 'acme-kill', 'chart-install', 'chart', 'certificate-renewal', 'acme-gateway', 'step-ca']

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || rankOf(a) - rankOf(b))
  }
}

function groupOf({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return rank === -1 ? longest.length : rank
}
