import { tag } from './der-writer.ts'

/** One element as it stands in the input: views, no copies. */
export interface DerElement {
  readonly tag: number
  /** With its header. */
  readonly whole: Uint8Array
  readonly content: Uint8Array
}

/**
 * Reads DER from front to back, each byte at most once per level. A fault sticks: from the first one on, this reader and all that
 * share its input read nothing more, `atEnd` is true, and `why` tells what was wrong. So callers read on without checks, look at
 * `why` once, and nothing throws.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  readonly #fault: Fault
  #at: number
  readonly #end: number

  private constructor(bytes: Uint8Array, fault: Fault, at: number, end: number) {
    this.#bytes = bytes
    this.#fault = fault
    this.#at = at
    this.#end = end
  }

  /** A reader over the whole of `bytes`. */
  static over(bytes: Uint8Array): DerReader {
    return new DerReader(bytes, { why: undefined }, 0, bytes.length)
  }

  /** What was wrong first; undefined: nothing so far. */
  get why(): string | undefined {
    return this.#fault.why
  }

  get atEnd(): boolean {
    return this.#fault.why !== undefined || this.#at >= this.#end
  }

  /** Whether the next element has this tag. */
  sees(tagByte: number): boolean {
    return !this.atEnd && this.#bytes[this.#at] === tagByte
  }

  /** The next element, whatever it is. */
  any(what: string): DerElement {
    const start = this.#at
    const contentAt = this.#header(what)
    if (contentAt === undefined) return EMPTY
    return {
      tag: this.#bytes[start] ?? 0,
      whole: this.#bytes.subarray(start, this.#at),
      content: this.#bytes.subarray(contentAt, this.#at),
    }
  }

  /** The content of the next element, which must have this tag. `what` names it in the fault. */
  read(tagByte: number, what: string): Uint8Array {
    if (!this.#expect(tagByte, what)) return EMPTY.content
    const contentAt = this.#header(what)
    return contentAt === undefined ? EMPTY.content : this.#bytes.subarray(contentAt, this.#at)
  }

  /** A reader over the content of the next element, which must have this tag. */
  enter(tagByte: number, what: string): DerReader {
    if (!this.#expect(tagByte, what)) return new DerReader(this.#bytes, this.#fault, 0, 0)
    const contentAt = this.#header(what) ?? this.#at
    return new DerReader(this.#bytes, this.#fault, contentAt, this.#at)
  }

  /** A reader over other bytes of the same input (the inside of an OCTET STRING) that shares this one's fault. */
  inside(bytes: Uint8Array): DerReader {
    return new DerReader(bytes, this.#fault, 0, bytes.length)
  }

  /** Steps over the next element if it has this tag. */
  skipOptional(tagByte: number, what: string): void {
    if (this.sees(tagByte)) this.#header(what)
  }

  /** Faults when something is left. */
  finish(what: string): void {
    if (!this.atEnd) this.fail(`${what} has trailing bytes`)
  }

  /** Records a fault of the caller's own; the first one stays. */
  fail(why: string): void {
    this.#fault.why ??= why
  }

  #expect(tagByte: number, what: string): boolean {
    if (this.sees(tagByte)) return true
    this.fail(this.#at >= this.#end ? `${what} is missing` : `${what} has an unexpected type`)
    return false
  }

  /** Moves past the next element and returns where its content starts; undefined after a fault. */
  #header(what: string): number | undefined {
    if (this.atEnd || this.#at + 2 > this.#end) return this.#refuse(`${what} is cut off`)
    if (((this.#bytes[this.#at] ?? 0) & 0x1f) === 0x1f) return this.#refuse(`${what} has a tag that X.509 does not use`)

    const first = this.#bytes[this.#at + 1] ?? 0
    const size = first < 0x80 ? 0 : first & 0x7f
    // X.690 §10.1: definite form with the fewest bytes. Four hold any length that can fit.
    if (first >= 0x80 && (size === 0 || size > 4)) return this.#refuse(`${what} has a length that is not DER`)
    const contentAt = this.#at + 2 + size
    if (contentAt > this.#end) return this.#refuse(`${what} is cut off`)

    let length = size === 0 ? first : 0
    for (let at = this.#at + 2; at < contentAt; at += 1) length = length * 256 + (this.#bytes[at] ?? 0)
    if (size > 0 && (length < 0x80 || length < 256 ** (size - 1))) return this.#refuse(`${what} has a length that is not DER`)
    if (length > this.#end - contentAt) return this.#refuse(`${what} is cut off`)

    this.#at = contentAt + length
    return contentAt
  }

  #refuse(why: string): undefined {
    this.fail(why)
    return undefined
  }
}

/** The non-negative INTEGER that comes next, as big-endian bytes without leading zeros. */
export function readUnsigned(reader: DerReader, what: string): Uint8Array {
  const content = reader.read(tag.integer, what)
  const [first = 0, second = 0] = content
  if (content.length === 0) reader.fail(`${what} is empty`)
  else if (first >= 0x80) reader.fail(`${what} is negative`)
  else if (content.length > 1 && first === 0 && second < 0x80) reader.fail(`${what} has padding that is not DER`)
  return first === 0 && content.length > 1 ? content.subarray(1) : content
}

/** The BIT STRING of whole bytes that comes next. */
export function readBitString(reader: DerReader, what: string): Uint8Array {
  const content = reader.read(tag.bitString, what)
  if (content.length === 0 || content[0] !== 0) reader.fail(`${what} is not a string of whole bytes`)
  return content.subarray(1)
}

/** The BIT STRING of named bits that comes next: bit n at `1 << n`. Bits from 16 on are ignored. */
export function readNamedBits(reader: DerReader, what: string): number {
  const content = reader.read(tag.bitString, what)
  const unused = content[0] ?? 8
  if (unused > 7 || (content.length === 1 && unused > 0)) reader.fail(`${what} is not a bit string`)
  let bits = 0
  for (let bit = 0; bit < Math.min(content.length * 8 - 8 - unused, 16); bit += 1) {
    if (((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) bits |= 1 << bit
  }
  return bits
}

/** The BOOLEAN that comes next, if one does; else `false`, the default everywhere in X.509. */
export function readOptionalBoolean(reader: DerReader, what: string): boolean {
  if (!reader.sees(tag.boolean)) return false
  const content = reader.read(tag.boolean, what)
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) reader.fail(`${what} is not a boolean of DER`)
  return content[0] === 0xff
}

interface Fault {
  why: string | undefined
}

const NOTHING = new Uint8Array(0)
const EMPTY: DerElement = { tag: 0, whole: NOTHING, content: NOTHING }
