import type { Rule } from './schema.ts'

// CEL expressions that several kinds share. `field` is a CEL path such as `self.duration`. They expect Kubernetes 1.31 or later
// (optional types, the IP library). Where the cost of an expression grows with a value, it reads the field behind `has(…)`:
// the API server knows the bounds of a field, but none of the result of `orValue(…)`.

// What time.ParseDuration of Go takes.
const goDuration = String.raw`r'^[+-]?(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$'`

/** Whether the string parses as a Go duration. */
export const isDuration = (field: string): string => `${field}.matches(${goDuration})`

/** Rules for a string that must be a Go duration. */
export const durationRules: readonly Rule[] = [
  { rule: isDuration('self'), message: 'write a duration in hours, minutes and seconds, for example 2160h or 1h30m' },
]

/** Whether an optional string is there and not empty. */
export const isSet = (field: string): string => `(has(${field}) && ${field} != '')`

/** Whether an optional list or map is there and not empty. */
export const isListed = (field: string): string => `(has(${field}) && size(${field}) > 0)`

/** Whether an optional flag is there and true. */
export const isTrue = (field: string): string => `(has(${field}) && ${field})`

/** How many of the optional fields of `self` are there, compared: `countOf(['a', 'b'], '== 1')`. */
export const countOf = (names: readonly string[], comparison: string): string =>
  `[${names.map((name) => `has(self.${name})`).join(', ')}].filter(there, there).size() ${comparison}`

/**
 * Whether an optional field is what it was. `isThere` is one of the functions above: clients written in Go leave out what is
 * empty, so a field that was empty and is now absent has not changed.
 */
export const isUnchanged = (name: string, isThere: (field: string) => string): string =>
  `${isThere(`self.${name}`)} == ${isThere(`oldSelf.${name}`)} && (!has(self.${name}) || !has(oldSelf.${name}) || self.${name} == oldSelf.${name})`

/** That a required string may not be empty. */
export const isNeeded = (name: string): Rule => ({ rule: `self.${name} != ''`, message: `${name} must be given`, fieldPath: `.${name}` })
