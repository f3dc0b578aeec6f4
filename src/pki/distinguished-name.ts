import { DerReader } from './der/der-reader.ts'
import { decodeUtf8 } from './der/der-string.ts'
import { encodeOid } from './der/object-identifier.ts'
import type { Attribute, Name } from './name.ts'
import { attributeOid } from './oids.ts'

export type NameReading = { readonly kind: 'ok'; readonly name: Name } | { readonly kind: 'unreadable'; readonly why: string }

/** The name of an RFC 4514 string, as in `spec.literalSubject`. The text's last RDN is the name's first. */
export function parseDistinguishedName(text: string): NameReading {
  if (text.trim() === '') return { kind: 'ok', name: [] }
  const rdns: Attribute[][] = []
  for (const rdn of splitUnescaped(text, ',;')) {
    const attributes: Attribute[] = []
    for (const part of splitUnescaped(rdn, '+')) {
      const attribute = parseAttribute(part)
      if (typeof attribute === 'string') return { kind: 'unreadable', why: attribute }
      attributes.push(attribute)
    }
    rdns.push(attributes)
  }
  return { kind: 'ok', name: rdns.reverse() }
}

/** The name as an RFC 4514 string, for people. */
export function formatDistinguishedName(name: Name): string {
  return name
    .map((rdn) => rdn.map(({ type, value }) => `${SHORT_NAMES.get(type) ?? type}=${escapeValue(value)}`).join('+'))
    .reverse()
    .join(',')
}

const OIDS: ReadonlyMap<string, string> = new Map(Object.entries(attributeOid))
const SHORT_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(attributeOid).map(([short, dotted]) => [dotted, short]))

/** RFC 4514 §2.4: these stand behind a backslash. */
const SPECIAL = '"+,;<>\\'

function splitUnescaped(text: string, separators: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '\\') at += 1
    else if (separators.includes(char)) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, text.slice(start)]
}

/** The attribute, or why there is none. */
function parseAttribute(text: string): Attribute | string {
  const equals = text.indexOf('=')
  if (equals === -1) return `${JSON.stringify(text.trim())} is not of the form type=value`
  const written = text.slice(0, equals).trim()
  const type = OIDS.get(written.toUpperCase()) ?? written
  if (encodeOid(type) === undefined) return `${JSON.stringify(written)} is neither a known attribute type nor an object identifier`

  const raw = text.slice(equals + 1)
  const value = raw.startsWith('#') ? parseHexValue(raw.slice(1)) : unescapeValue(withoutOuterSpaces(raw))
  return value === undefined ? `the value of ${written} is not written as RFC 4514 says` : { type, value }
}

/** Spaces alone, no other white space; and a trailing one that is escaped belongs to the value. */
function withoutOuterSpaces(text: string): string {
  const trimmed = text.replace(/ +$/, '')
  const backslashes = trimmed.length - trimmed.replace(/\\+$/, '').length
  return (backslashes % 2 === 1 && trimmed.length < text.length ? text.slice(0, trimmed.length + 1) : trimmed).replace(/^ +/, '')
}

/** RFC 4514 §2.4: `#` and the hex digits of the value's BER encoding. Its bytes count as UTF-8 whatever its type is, as in the incumbent. */
function parseHexValue(hex: string): string | undefined {
  if (!/^([0-9a-fA-F]{2})+$/.test(hex)) return undefined
  const reader = DerReader.over(Buffer.from(hex, 'hex'))
  const value = decodeUtf8(reader, reader.any('the value').content, 'the value')
  reader.finish('the value')
  return reader.why === undefined ? value : undefined
}

/** Backslash before a special character, or before two hex digits of UTF-8. */
function unescapeValue(text: string): string | undefined {
  const bytes: Buffer[] = []
  for (let at = 0; at < text.length; at += 1) {
    if (text.charAt(at) !== '\\') {
      const end = text.indexOf('\\', at)
      const plain = text.slice(at, end === -1 ? text.length : end)
      if (/["<>\0]/.test(plain)) return undefined
      bytes.push(Buffer.from(plain, 'utf8'))
      at += plain.length - 1
      continue
    }
    const pair = text.slice(at + 1, at + 3)
    if (/^[0-9a-fA-F]{2}$/.test(pair)) {
      bytes.push(Buffer.from(pair, 'hex'))
      at += 2
    } else if (pair !== '' && (SPECIAL + ' #=').includes(pair.charAt(0))) {
      bytes.push(Buffer.from(pair.charAt(0), 'latin1'))
      at += 1
    } else return undefined
  }
  const reader = DerReader.over(new Uint8Array(0))
  const value = decodeUtf8(reader, Buffer.concat(bytes), 'the value')
  return reader.why === undefined ? value : undefined
}

function escapeValue(value: string): string {
  const escaped = Array.from(value, (char) => (SPECIAL.includes(char) ? `\\${char}` : char === '\0' ? '\\00' : char)).join('')
  const leading = /^[ #]/.test(escaped) ? `\\${escaped}` : escaped
  return leading.length > 1 && leading.endsWith(' ') && !leading.endsWith('\\ ') ? `${leading.slice(0, -1)}\\ ` : leading
}
