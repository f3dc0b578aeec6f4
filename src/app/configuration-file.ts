import { readFile } from 'node:fs/promises'
import { configurationFields, isMap, type ConfigurationField } from './configuration-fields.ts'
import type { Flag } from './flags.ts'

const API_VERSION = 'controller.config.cert-manager.io/v1alpha1'
const KIND = 'ControllerConfiguration'

/** What a configuration file says, in the words of flags. */
export interface FileSettings {
  /** By the name of the flag. */
  readonly values: ReadonlyMap<string, unknown>
  /** Paths of fields that are set and have no effect here. */
  readonly ignored: readonly string[]
}

export type FileReading = ({ readonly kind: 'ok' } & FileSettings) | { readonly kind: 'invalid'; readonly why: string }

/** Reads the file that `--config` names: YAML, or JSON, which is a part of it. */
export async function readConfigurationFile(path: string, flags: Readonly<Record<string, Flag<unknown>>>): Promise<FileReading> {
  try {
    const [content, { loadYaml }] = await Promise.all([readFile(path, 'utf8'), import('../kube/client-node.ts')])
    return settingsIn(loadYaml<unknown>(content), flags)
  } catch (error) {
    return invalid(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'it cannot be read')
  }
}

/** Reads a `ControllerConfiguration`, the file with which cert-manager is configured. Every field is known, or it is an error. Pure. */
export function settingsIn(document: unknown, flags: Readonly<Record<string, Flag<unknown>>>): FileReading {
  if (!isMap(document)) return invalid('it is no map of fields')
  const { apiVersion, kind, ...fields } = document
  if (apiVersion !== API_VERSION || kind !== KIND) return invalid(`it is no ${KIND} of ${API_VERSION}: see its apiVersion and kind`)
  const { found, problems } = sorted(fields, '')
  if (problems.length > 0) return invalid(problems.join('; '))
  const values = new Map<string, unknown>()
  const ignored: string[] = []
  for (const [path, field] of Object.entries(configurationFields)) {
    const value = found.get(path)
    if (value === undefined) continue
    const text = field.textOf(value)
    if (text === '') continue
    const flag = flags[field.flag]
    if (flag === undefined && text !== undefined) ignored.push(path)
    else {
      const parsed = text === undefined ? undefined : flag?.parse(text)
      if (parsed === undefined) return invalid(problemWith(path, field, value))
      values.set(field.flag, parsed)
    }
  }
  return { kind: 'ok', values, ignored }
}

/** The fields that are set, by their paths; null means that a field is not set, as everywhere in Kubernetes. */
function sorted(fields: Readonly<Record<string, unknown>>, above: string): { found: Map<string, unknown>; problems: string[] } {
  const found = new Map<string, unknown>()
  const problems: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    const path = `${above}${name}`
    const isField = Object.hasOwn(configurationFields, path)
    if (!isField && !isSection(path)) problems.push(`there is no field ${path}`)
    else if (value === null) continue
    else if (isField) found.set(path, value)
    else if (!isMap(value)) problems.push(`${path} cannot be read: give a map`)
    else {
      const below = sorted(value, `${path}.`)
      for (const [key, item] of below.found) found.set(key, item)
      problems.push(...below.problems)
    }
  }
  return { found, problems }
}

function isSection(path: string): boolean {
  return Object.keys(configurationFields).some((known) => known.startsWith(`${path}.`))
}

function problemWith(path: string, { sort }: ConfigurationField, value: unknown): string {
  const isSort = typeof value === 'string' || typeof value === 'number' || Array.isArray(value)
  return `${path}${isSort ? ` (${JSON.stringify(value)})` : ''} cannot be read: give ${sort}`
}

function invalid(why: string): FileReading {
  return { kind: 'invalid', why }
}
