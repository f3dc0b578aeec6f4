/**
 * The subset of OpenAPI v3 that a structural schema of Kubernetes allows, as values that also carry their TypeScript type.
 * A field is optional unless it is wrapped in `required`.
 */
export interface Schema<T> {
  readonly json: JsonSchema
  /** Carries the type only; never set. */
  readonly __type?: T
}

/** A field that must be there. */
export interface Required<T> extends Schema<T> {
  readonly isRequired: true
}

/** One CEL rule of `x-kubernetes-validations`; `message` says what to change. */
export interface Rule {
  readonly rule: string
  readonly message: string
  /** A CEL expression for the message, where the sentence names the value; `message` is the fallback. */
  readonly messageExpression?: string
  /** Points at the field below the one that carries the rule, for example `.duration`. */
  readonly fieldPath?: string
}

export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  readonly description?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly default?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic'
  readonly 'x-kubernetes-int-or-string'?: true
  readonly 'x-kubernetes-preserve-unknown-fields'?: true
  readonly 'x-kubernetes-validations'?: readonly Rule[]
}

type Fields = Readonly<Record<string, Schema<unknown>>>
type RequiredNames<F extends Fields> = { [K in keyof F]: F[K] extends Required<unknown> ? K : never }[keyof F]
type Flat<T> = { [K in keyof T]: T[K] }

/** The TypeScript type of a schema. */
export type TypeOf<S extends Schema<unknown>> = S extends Schema<infer T> ? T : never
type ObjectOf<F extends Fields> = Flat<
  { readonly [K in RequiredNames<F>]: TypeOf<F[K]> } & { readonly [K in Exclude<keyof F, RequiredNames<F>>]?: TypeOf<F[K]> }
>

/** More of the schema than its type: bounds, a default, rules. */
type More = Omit<JsonSchema, 'type' | 'properties' | 'required' | 'items' | 'description' | 'x-kubernetes-validations'> & {
  readonly rules?: readonly Rule[]
}

/** An object with these fields. `description` is left out where no user looks. */
export function object<F extends Fields>(description: string | undefined, fields: F, more: More = {}): Schema<ObjectOf<F>> {
  const names = Object.keys(fields).sort()
  const required = names.filter((name) => isRequired(fields[name]))
  const properties = Object.fromEntries(names.map((name) => [name, fields[name]?.json ?? {}]))
  // The API server drops an empty list of them, and `kubectl apply` would find a difference each time.
  return schema({ type: 'object', ...(required.length > 0 && { required }), ...(names.length > 0 && { properties }) }, description, more)
}

/** Makes a field of an object required. */
export function required<T>(field: Schema<T>): Required<T> {
  return { ...field, isRequired: true }
}

/** A string. */
export function text(description?: string, more?: More): Schema<string> {
  return schema({ type: 'string' }, description, more)
}

/** One of the given strings. */
export function choice<const V extends readonly string[]>(values: V, description?: string, more?: More): Schema<V[number]> {
  return schema({ type: 'string', enum: values }, description, more)
}

/** Bytes, base64 in JSON. No rule may read them: see `comparableBytes`. */
export function bytes(description?: string, more?: More): Schema<string> {
  return schema({ type: 'string', format: 'byte' }, description, more)
}

/**
 * Bytes that a rule compares. CEL decodes `format: byte` by the URL-safe alphabet, so with it every rule over a value with + or / fails,
 * and with that every later write of the object. The pattern asks for what the format asks for.
 */
export function comparableBytes(description?: string, more?: More): Schema<string> {
  return schema({ type: 'string', pattern: base64Pattern }, description, more)
}

export const base64Pattern: string = '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$'

/** An RFC 3339 instant with whole seconds (metav1.Time). */
export function time(description?: string): Schema<string> {
  return schema({ type: 'string', format: 'date-time' }, description)
}

/** A Go duration such as `2160h` or `1h30m` (metav1.Duration). */
export function duration(description?: string, more?: More): Schema<string> {
  return schema({ type: 'string' }, description, more)
}

export function flag(description?: string): Schema<boolean> {
  return schema({ type: 'boolean' }, description)
}

/** A whole number; its width in Go where the API names one. */
export function integer(description?: string, more?: More & { readonly format?: 'int32' | 'int64' }): Schema<number> {
  return schema({ type: 'integer' }, description, more)
}

/** A list that is replaced as a whole by server-side apply. */
export function list<T>(item: Schema<T>, description?: string, more: More = {}): Schema<readonly T[]> {
  return schema({ type: 'array', items: item.json, 'x-kubernetes-list-type': 'atomic' }, description, more)
}

/** A list whose items are told apart, and merged, by `keys`. */
export function keyedList<T>(
  item: Schema<T>,
  keys: readonly (keyof T & string)[],
  description?: string,
  more?: More,
): Schema<readonly T[]> {
  const kind = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys } as const
  return schema({ type: 'array', items: item.json, ...kind }, description, more)
}

/** A list of which the API says nothing about merging. */
export function plainList<T>(item: Schema<T>): Schema<readonly T[]> {
  return schema({ type: 'array', items: item.json })
}

/** A map with free keys. */
export function map<T>(value: Schema<T>, description?: string, more?: More): Schema<Readonly<Record<string, T>>> {
  return schema({ type: 'object', additionalProperties: value.json }, description, more)
}

/** A resource quantity such as `100m` or `64Mi`, or a plain number. */
export function quantity(): Schema<string | number> {
  const number = String.raw`(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))`
  const pattern = String.raw`^(\+|-)?${number}(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?${number}))?$`
  return schema({ 'x-kubernetes-int-or-string': true, pattern })
}

/** Any JSON value, kept as it is. */
export function anything(description?: string): Schema<unknown> {
  return schema({ 'x-kubernetes-preserve-unknown-fields': true }, description)
}

/** The same type without its rules and without descriptions, for a copy that no user writes. */
export function bare<T>(of: Schema<T>): Schema<T> {
  return { json: bareJson(of.json) }
}

function bareJson({ description: _description, 'x-kubernetes-validations': _rules, ...json }: JsonSchema): JsonSchema {
  return {
    ...json,
    ...(json.properties && { properties: mapValues(json.properties, bareJson) }),
    ...(json.items && { items: bareJson(json.items) }),
    ...(json.additionalProperties && { additionalProperties: bareJson(json.additionalProperties) }),
  }
}

function schema<T>(json: JsonSchema, description?: string, { rules, ...more }: More = {}): Schema<T> {
  return {
    json: { ...(description !== undefined && { description }), ...json, ...more, ...(rules && { 'x-kubernetes-validations': rules }) },
  }
}

function isRequired(field: Schema<unknown> | undefined): boolean {
  return field !== undefined && 'isRequired' in field
}

function mapValues<T, U>(of: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]))
}
