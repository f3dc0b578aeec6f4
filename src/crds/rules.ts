import type { Rule } from './schema.ts'

// CEL expressions that several kinds share. `field` is a CEL path such as `self.duration`. They expect Kubernetes 1.31 or later
// (optional types, the IP library). Where the cost of an expression grows with a value, it reads the field behind `has(…)`:
// the API server knows the bounds of a field, but none of the result of `orValue(…)`.

// What time.ParseDuration of Go takes.
export const goDuration: string = '[+-]?(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)'

/** Whether the string parses as a Go duration. */
export const isDuration = (field: string): string => `${field}.matches(r'^${goDuration}$')`

/** That a Go duration is not longer than Go can count; one that is, is an evaluation error, which the API server shows before the message. */
export const longestDuration: Rule = {
  rule: `!${isDuration('self')} || duration(self) <= duration('2562047h47m16.854775807s')`,
  message: 'a duration may be at most 2562047h',
}

/** Rules for a string that must be a Go duration. */
export const durationRules: readonly Rule[] = [
  { rule: isDuration('self'), message: 'write a duration in hours, minutes and seconds, for example 2160h or 1h30m' },
  longestDuration,
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

/**
 * Whether base64 holds a text somewhere. Rules cannot decode base64, but each of the three ways in which a text can lie in groups of
 * three bytes has characters that depend on nothing else.
 */
export const holdsInBase64 = (field: string, sought: string): string =>
  `(${[0, 1, 2].map((shift) => `${field}.contains('${charactersAt(shift, sought)}')`).join(' || ')})`

function charactersAt(shift: number, sought: string): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(sought)])
  return bytes.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

/** Rules for a bundle of CA certificates in base64: whether they parse, no rule can tell. */
export const caBundleRules: readonly Rule[] = [
  {
    rule: holdsInBase64('self', '-----BEGIN CERTIFICATE-----'),
    message: 'caBundle must hold CA certificates as PEM',
  },
]

/** That a required string may not be empty. */
export const isNeeded = (name: string): Rule => ({ rule: `self.${name} != ''`, message: `${name} must be given`, fieldPath: `.${name}` })

/**
 * Whether a string is an IP address as Go reads it. CEL refuses IPv4-mapped IPv6 addresses, so such a one is judged with other bits in
 * the place that makes it mapped.
 */
export const isIpAddress = (field: string): string =>
  `(isIP(${field}) || ${field}.matches(r'(?i)^[0:]*:ffff:') && isIP(${field}.lowerAscii().replace('ffff:', 'fffe:', 1)))`
