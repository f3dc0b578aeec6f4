import type { JsonSchema } from './schema.ts'

/** A path into an object: names of fields, and places in lists. */
export type Path = readonly (string | number)[]

/** A value for every field of a schema; `texts` gives those that have to mean something, by the name of the field. */
export function sampleOf(schema: JsonSchema, texts: Readonly<Record<string, string>>, name = ''): unknown {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return { any: 'thing' }
  switch (schema.type) {
    case 'object': {
      if (schema.additionalProperties !== undefined) return { 'example.com/key': sampleOf(schema.additionalProperties, texts, name) }
      const fields = Object.entries(schema.properties ?? {})
      return Object.fromEntries(fields.map(([field, of]) => [field, sampleOf(of, texts, field)]))
    }
    case 'array':
      return [sampleOf(schema.items ?? {}, texts, name)]
    case 'integer':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    default:
      return texts[name] ?? schema.enum?.[0] ?? (schema.format === 'date-time' ? '2026-01-01T00:00:00Z' : 'sample')
  }
}

/** Every path in a value, its own included, the outer ones first. */
export function pathsIn(value: unknown, above: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [above]
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, at) => [at, item] as const)
    : Object.entries(value)
  return [above, ...members.flatMap(([name, member]) => pathsIn(member, [...above, name]))]
}

/** The value at a path. */
export function valueAt(value: unknown, [name, ...rest]: Path): unknown {
  return name === undefined ? value : valueAt((value as Record<string | number, unknown>)[name], rest)
}

/** The value with another one at a path; undefined: without what is there. */
export function withValueAt(value: unknown, [name, ...rest]: Path, next: unknown): unknown {
  if (name === undefined) return next
  const changed = withValueAt((value as Record<string | number, unknown>)[name], rest, next)
  if (Array.isArray(value)) return value.flatMap((item: unknown, at) => (at !== name ? [item] : changed === undefined ? [] : [changed]))
  const { [name]: _, ...others } = value as Record<string | number, unknown>
  return changed === undefined ? others : { ...others, [name]: changed }
}
