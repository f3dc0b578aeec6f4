import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Helm } from './chart-helm.ts'
import { chart, everythingFile } from './chart-helm.ts'

export type Values = { readonly [key: string]: unknown }

/** The values of a file. */
export async function valuesOf(file: string): Promise<Values> {
  return parse(await readFile(file, 'utf8')) as Values
}

/** Path and value of everything that is not a map with something in it, in the order of the file. */
export function leaves(values: Values, above = ''): readonly (readonly [path: string, value: unknown])[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${above}${key}`
    const isOne = !isMap(value) || Object.keys(value).length === 0 || handedOn.test(path)
    return isOne ? [[path, value] as const] : leaves(value, `${path}.`)
  })
}

/** Maps that go into the pod as they are: each is one value. */
const handedOn = /^(config|resources|nodeSelector|securityContext|containerSecurityContext)$/

/** What else has to be set, besides everything-values.yaml, for a value to matter at all. */
const together: readonly (readonly [paths: RegExp, settings: Values])[] = [
  [/^global\.rbac\.create$/, { global: { rbac: { create: false } } }],
  [/^global\.runtimeClassName$/, { runtimeClassName: '' }],
  [/^crds\.enabled$/, { installCRDs: false }],
  [/^podDisruptionBudget\.maxUnavailable$/, { podDisruptionBudget: { minAvailable: '', maxUnavailable: 2 } }],
  [/^image(Registry|Namespace|\.name)$/, { image: { repository: '' } }],
  [/^serviceAccount\.(annotations|labels|auto)/, { serviceAccount: { create: true } }],
  [/^admission\.stampRequester$/, { admission: { enabled: true } }],
  [/^approveSignerNames$/, { disableAutoApproval: false }],
  [/^prometheus\.enabled$/, { prometheus: { enabled: false } }],
  [/^prometheus\.podmonitor\./, { prometheus: { servicemonitor: { enabled: false }, podmonitor: { enabled: true } } }],
  [/^livenessProbe\.enabled$/, { livenessProbe: { enabled: false } }],
  [/^livenessProbe\.successThreshold$/, { livenessProbe: { successThreshold: 2 } }],
  [/^readinessProbe\.enabled$/, { readinessProbe: { enabled: false } }],
]

/** The values of values.yaml that can be left out of everything-values.yaml without a change of what is rendered. */
export async function valuesWithoutEffect(helm: Helm, folder: string): Promise<readonly string[]> {
  const rendered = new Map<string, string>()
  const render = async (values: Values): Promise<string> => {
    const text = stringify(values)
    const manifests = rendered.get(text) ?? (await renderedWith(helm, join(folder, 'values.yaml'), text))
    rendered.set(text, manifests)
    return manifests
  }
  const everything = await valuesOf(everythingFile)
  const without: string[] = []
  for (const [path] of leaves(await valuesOf(join(chart, 'values.yaml')))) {
    const settings = together.filter(([paths]) => paths.test(path)).reduce((values, [, more]) => merged(values, more), everything)
    if ((await render(settings)) === (await render(leftOut(settings, path.split('.'))))) without.push(path)
  }
  return without
}

async function renderedWith(helm: Helm, file: string, values: string): Promise<string> {
  await writeFile(file, values)
  return helm.template(['--values', file])
}

function merged(values: Values, more: Values): Values {
  const changed = Object.entries(more).map(([key, value]) => {
    const before = values[key]
    return [key, isMap(value) && isMap(before) ? merged(before, value) : value]
  })
  return { ...values, ...(Object.fromEntries(changed) as Values) }
}

function leftOut(values: Values, [key = '', ...rest]: readonly string[]): Values {
  const value = values[key]
  if (rest.length > 0 && isMap(value)) return { ...values, [key]: leftOut(value, rest) }
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== key))
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
