import { OperatorError } from '../lib/operator-error.ts'
import type { KindDefinition } from './kind-definition.ts'
import type { KubeObject } from './resource.ts'
import { list, map, object, required, text, flag } from './schema.ts'
import type { JsonSchema } from './schema.ts'

/**
 * Reads an object of a kind as its schema says, so that nothing behind this border has to doubt its types. The API server refuses what
 * is malformed, but not what was stored under another CRD. Null means absent, as everywhere in Kubernetes. What is wrong in the status is
 * left out, because it is found anew; a spec that is wrong is not guessed at: throws `crds/malformed` with the path.
 * Gives back the same object when nothing is wrong with it, which is nearly always.
 */
export function wellFormed<T extends KubeObject>(definition: KindDefinition): (raw: KubeObject) => T {
  return (raw) => {
    const given = raw as KubeObject & { readonly spec?: unknown; readonly status?: unknown }
    const checked = {
      metadata: conforming(metadata, given.metadata, at('metadata', { isLenient: true })),
      spec: conforming(definition.spec.json, given.spec, at('spec', { isLenient: false })),
      status: conforming(definition.status.json, given.status, at('status', { isLenient: true })),
    }
    if (checked.metadata === undefined) throw malformed('metadata', 'needs a name')
    if (checked.spec === undefined) throw malformed('spec', 'is missing')
    const isSame = checked.metadata === given.metadata && checked.spec === given.spec && checked.status === given.status
    if (isSame) return given as unknown as T
    const { status, ...rest } = { ...given, ...checked }
    return { ...rest, ...(status === undefined ? {} : { status }) } as unknown as T
  }
}

/** What controllers read of the metadata of an object. */
const metadata = object(undefined, {
  name: required(text()),
  namespace: text(),
  uid: text(),
  resourceVersion: text(),
  creationTimestamp: text(),
  deletionTimestamp: text(),
  labels: map(text()),
  annotations: map(text()),
  finalizers: list(text()),
  ownerReferences: list(
    object(undefined, {
      apiVersion: required(text()),
      kind: required(text()),
      name: required(text()),
      uid: required(text()),
      controller: flag(),
    }),
  ),
}).json

/** Where a value is; its path is put together only when there is something to say. */
interface Place {
  readonly above: Place | undefined
  readonly name: string | number
  /** What is wrong is left out instead of making the whole object malformed. */
  readonly isLenient: boolean
}

function at(name: string, { isLenient }: Pick<Place, 'isLenient'>): Place {
  return { above: undefined, name, isLenient }
}

/** The value as far as it is as the schema says; undefined: absent, or to be left out. */
function conforming(schema: JsonSchema, value: unknown, place: Place): unknown {
  if (value === undefined || value === null) return undefined
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return value
  if (!isOfType(schema, value)) return wrong(place, `is no ${nouns[schema.type ?? 'string']}`)
  if (typeof value !== 'object') return value
  return Array.isArray(value) ? conformingList(schema.items ?? {}, value, place) : conformingMap(schema, value as Members, place)
}

function conformingList(items: JsonSchema, value: readonly unknown[], above: Place): unknown {
  const kept = value.map((item, name) => conforming(items, item, { above, name, isLenient: above.isLenient }))
  return kept.every((item, at) => item === value[at]) ? value : kept.filter((item) => item !== undefined)
}

type Members = Readonly<Record<string, unknown>>

function conformingMap({ properties, additionalProperties, required: names = [] }: JsonSchema, value: Members, above: Place): unknown {
  const changes = new Map<string, unknown>()
  for (const name of Object.keys(value)) {
    const schema = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    // What no schema of ours knows, nobody here reads.
    if (schema === undefined) continue
    const checked = conforming(schema, value[name], { above, name, isLenient: above.isLenient })
    if (checked !== value[name]) changes.set(name, checked)
  }
  const next = changes.size === 0 ? value : withChanges(value, changes)
  const missing = names.find((name) => next[name] === undefined)
  return missing === undefined ? next : wrong(above, `lacks ${missing}`)
}

function withChanges(value: Members, changes: ReadonlyMap<string, unknown>): Members {
  const entries = Object.entries(value).map(([name, member]) => [name, changes.has(name) ? changes.get(name) : member] as const)
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined))
}

function isOfType(schema: JsonSchema, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || typeof value === 'number'
  switch (schema.type) {
    case 'object':
      return isMap(value)
    case 'array':
      return Array.isArray(value)
    case 'string':
      return typeof value === 'string'
    case 'integer':
      return Number.isSafeInteger(value)
    case 'boolean':
      return typeof value === 'boolean'
    default:
      return true
  }
}

const nouns = { object: 'map', array: 'list', string: 'text', integer: 'whole number', boolean: 'truth value' } as const

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(place: Place, why: string): undefined {
  if (!place.isLenient) throw malformed(pathOf(place), why)
  return undefined
}

function pathOf({ above, name }: Place): string {
  if (above === undefined) return String(name)
  return `${pathOf(above)}${typeof name === 'number' ? `[${name}]` : `.${name}`}`
}

function malformed(path: string, why: string): OperatorError {
  return new OperatorError('crds/malformed', `${path} ${why}`, { retry: { kind: 'never' } })
}
