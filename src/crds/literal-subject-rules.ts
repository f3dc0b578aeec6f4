import type { Rule } from './schema.ts'

// RFC 4514 section 2 as the incumbent reads it: types in upper case, and escaped what must be. Only the bytes behind # (BER) are judged later.
const escape = String.raw`\\([ "#+,;<=>\\]|[0-9A-Fa-f]{2})`
const plain = String.raw`[^"+,;<>\\\x00]`
const value = String.raw`(#([0-9A-Fa-f]{2})+|([^"#+,;<>\\\x00]|${escape})(${plain}|${escape})*)?`
const attribute = String.raw` *(C|O|OU|CN|SERIALNUMBER|L|ST|STREET|DC|UID|-?[0-9]{1,18}(\.-?[0-9]{1,18})*) *=${value}`

// A separator is what no backslash, or an even number of them, stands before. The incumbent takes the first CN, too.
const commonNameAttribute = String.raw`(CN|2\.5\.4\.3) *=(\\.|[^\\,;+])*`
const firstCommonName = (field: string): string =>
  String.raw`${field}.find(r'(?s)(^|[^\\](\\\\)*[,;+]) *${commonNameAttribute}').find(r'(?s)${commonNameAttribute}$')`

// Each escape stands for one byte.
const bytesWithoutEscapes = String.raw`size(bytes(v)) - v.findAll(r'(?s)\\([0-9A-Fa-f]{2}|.)').map(e, size(e) - 1).sum()`
// # and two digits for each byte, of which two are type and length.
const bytesOf = `(v.startsWith('#') ? (size(v) - 5) / 2 : ${bytesWithoutEscapes})`

/** Whether a literal subject has a CN that is not empty. */
export const hasCommonName = (field: string): string => `${firstCommonName(field)}.matches(r'^[^=]*= *[^ ]')`

/** Rules for `literalSubject`. */
export const literalSubjectRules: readonly Rule[] = [
  {
    rule: `self.trim() == '' || self.matches(r'^${attribute}([,;+]${attribute})*$')`,
    message:
      'literalSubject must be written as CN=web,O=Example, with a backslash before each of , + " \\ < > ; in a value, and the types C, O, OU, CN, SERIALNUMBER, L, ST, STREET, DC, UID or an object identifier',
  },
  {
    rule: `[${firstCommonName('self')}].all(a, a == '' || [a.substring(a.indexOf('=') + 1).trim()].all(v, ${bytesOf} <= 64))`,
    message: 'the CN of literalSubject may have at most 64 bytes; put longer names into dnsNames',
  },
]
