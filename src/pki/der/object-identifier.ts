import type { DerReader } from './der-reader.ts'
import { element, tag } from './der-writer.ts'

/** The OBJECT IDENTIFIER of a dotted text; undefined when the text is none (X.660: first arc 0 to 2, second below 40 under 0 and 1). */
export function encodeOid(dotted: string): Uint8Array | undefined {
  if (dotted.length > MAX_TEXT || !/^[0-2](\.(0|[1-9][0-9]*))+$/.test(dotted)) return undefined
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  if (first < 2 && second >= 40) return undefined

  const arcs = [first * 40 + second, ...rest]
  if (arcs.some((arc) => !Number.isSafeInteger(arc))) return undefined
  return element(tag.oid, Uint8Array.from(arcs.flatMap(base128)))
}

/** The OBJECT IDENTIFIER of a constant of ours. Throws when it is none. */
export function oid(dotted: string): Uint8Array {
  const der = encodeOid(dotted)
  if (der === undefined) throw new RangeError(`${dotted} is not an object identifier`)
  return der
}

/** The dotted text of the OBJECT IDENTIFIER that comes next. */
export function readOid(reader: DerReader, what: string): string {
  return decodeOid(reader, reader.read(tag.oid, what), what)
}

/** The dotted text of an OBJECT IDENTIFIER's content, for one with another tag. */
export function decodeOid(reader: DerReader, content: Uint8Array, what: string): string {
  const last = content.at(-1)
  if (last === undefined || last >= 0x80 || content.length > MAX_BYTES) {
    reader.fail(`${what} is not an object identifier`)
    return ''
  }
  let dotted = ''
  let arc = 0
  for (const byte of content) {
    if ((arc === 0 && byte === 0x80) || arc > Number.MAX_SAFE_INTEGER / 256) reader.fail(`${what} is not an object identifier`)
    arc = arc * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    dotted += dotted === '' ? firstArcs(arc) : `.${arc}`
    arc = 0
  }
  return dotted
}

// Longer ones do not occur, and a bound keeps hostile input cheap.
const MAX_BYTES = 128
const MAX_TEXT = 256

function firstArcs(joined: number): string {
  const first = Math.min(Math.floor(joined / 40), 2)
  return `${first}.${joined - first * 40}`
}

function base128(arc: number): number[] {
  const bytes = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128))
  return bytes
}
