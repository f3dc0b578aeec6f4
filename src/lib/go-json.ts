/**
 * How Go's encoding/json would write a value of a struct type. JSON does not tell a struct from a map, nor a nil pointer from an
 * empty value, so the shape says it. Object names that were hashed from Go's bytes can be computed again only with the same bytes.
 */
export type GoShape = GoStruct | { readonly kind: 'list'; readonly of: GoShape } | { readonly kind: 'value' }

export interface GoStruct {
  readonly kind: 'struct'
  /** In the order in which the struct declares them. */
  readonly fields: readonly GoField[]
}

export interface GoField {
  readonly name: string
  readonly shape: GoShape
  /** What stands there when the field is absent; undefined: the field is left out (`omitempty`). */
  readonly zero?: unknown
  /** A pointer: an empty string or false is written, only an absent one is left out. */
  readonly isPointer?: boolean
}

/** Writes `value` as Go does: fields in struct order, map keys sorted, `<`, `>`, `&` escaped, empty `omitempty` fields left out. */
export function goJson(value: unknown, shape: GoShape): string {
  switch (shape.kind) {
    case 'struct':
      return structJson(isRecord(value) ? value : {}, shape)
    case 'list':
      return Array.isArray(value) ? `[${value.map((item) => goJson(item, shape.of)).join(',')}]` : 'null'
    case 'value':
      return valueJson(value)
  }
}

function structJson(value: Readonly<Record<string, unknown>>, shape: GoStruct): string {
  const members: string[] = []
  for (const field of shape.fields) {
    const given = value[field.name]
    if (!isEmpty(given, field)) members.push(`${text(field.name)}:${goJson(given, field.shape)}`)
    else if (field.zero !== undefined) members.push(`${text(field.name)}:${zeroJson(field)}`)
  }
  return `{${members.join(',')}}`
}

/** Go's rule for `omitempty`: false, 0, "", nil, and lists and maps without members; a struct is never empty. */
function isEmpty(given: unknown, field: GoField): boolean {
  if (given === undefined || given === null) return true
  if (field.shape.kind === 'struct' || field.isPointer === true) return false
  if (given === '' || given === false || given === 0) return true
  return Array.isArray(given) ? given.length === 0 : isRecord(given) && Object.keys(given).length === 0
}

function zeroJson(field: GoField): string {
  return field.shape.kind === 'struct' && field.zero !== null ? structJson({}, field.shape) : valueJson(field.zero)
}

function valueJson(value: unknown): string {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${value.map(valueJson).join(',')}]`
  if (!isRecord(value)) return JSON.stringify(value ?? null)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${text(key)}:${valueJson(value[key])}`)
  return `{${members.join(',')}}`
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

function text(value: string): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] ?? character)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
