/** Tags of X.690 that X.509 uses, as they stand in the first byte of an element. */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
} as const

/** The tag byte of `[number]`, IMPLICIT over a primitive type. */
export function contextTag(number: number): number {
  return 0x80 | number
}

/** The tag byte of `[number]`, EXPLICIT, or IMPLICIT over a SEQUENCE or SET. */
export function contextConstructedTag(number: number): number {
  return 0xa0 | number
}

/** One element: tag, definite length in its shortest form, content. */
export function element(tagByte: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return elementOf(tagByte, contents)
}

/** The same for a list of any length, which an argument list could not hold. */
export function elementOf(tagByte: number, contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  return Buffer.concat([Uint8Array.of(tagByte, ...lengthBytes(length)), ...contents])
}

export function sequence(...contents: readonly Uint8Array[]): Uint8Array {
  return elementOf(tag.sequence, contents)
}

/** A SEQUENCE OF. */
export function sequenceOf(members: readonly Uint8Array[]): Uint8Array {
  return elementOf(tag.sequence, members)
}

/** A SET OF: its members sorted by their encodings, X.690 §11.6. */
export function setOf(members: readonly Uint8Array[]): Uint8Array {
  return elementOf(
    tag.set,
    members.toSorted((a, b) => Buffer.compare(a, b)),
  )
}

/** A non-negative integer given as big-endian bytes. */
export function unsignedInteger(bigEndian: Uint8Array): Uint8Array {
  let at = 0
  while (at < bigEndian.length - 1 && bigEndian[at] === 0) at += 1
  const digits = bigEndian.subarray(at)
  const isSignBitSet = (digits[0] ?? 0) >= 0x80
  return element(tag.integer, isSignBitSet || digits.length === 0 ? Uint8Array.of(0) : Uint8Array.of(), digits)
}

/** A non-negative integer below 2^53. */
export function smallInteger(value: number): Uint8Array {
  const hex = value.toString(16)
  return unsignedInteger(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(tag.octetString, content)
}

/** A BIT STRING of whole bytes. */
export function bitString(content: Uint8Array): Uint8Array {
  return element(tag.bitString, Uint8Array.of(0), content)
}

/** A BIT STRING of named bits, bit n at `1 << n`; trailing zero bits are left out, X.690 §11.2.2. */
export function namedBits(bits: number): Uint8Array {
  const count = 32 - Math.clz32(bits)
  const bytes = new Uint8Array(Math.ceil(count / 8))
  for (let bit = 0; bit < count; bit += 1) {
    if ((bits & (1 << bit)) !== 0) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  }
  return element(tag.bitString, Uint8Array.of(bytes.length * 8 - count), bytes)
}

/** BOOLEAN TRUE; FALSE is always a default in X.509 and so never written, X.690 §11.5. */
export const derTrue: Uint8Array = Uint8Array.of(tag.boolean, 1, 0xff)

export const derNull: Uint8Array = Uint8Array.of(tag.null, 0)

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}
