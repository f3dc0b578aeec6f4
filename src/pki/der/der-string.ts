import type { DerElement, DerReader } from './der-reader.ts'
import { element, tag } from './der-writer.ts'

/** A PrintableString when its alphabet is enough, else a UTF8String: what Go writes, so that a CSR reads the same on rollback. */
export function encodeDirectoryString(text: string): Uint8Array {
  return element(PRINTABLE.test(text) ? tag.printableString : tag.utf8String, Buffer.from(text, 'utf8'))
}

/** The text of a string of any of the types that names use. `reader` takes the fault. */
export function decodeString(reader: DerReader, { tag: type, content }: DerElement, what: string): string {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  switch (type) {
    case tag.utf8String:
      return decodeUtf8(reader, bytes, what)
    case tag.printableString:
    case tag.ia5String:
    case NUMERIC_STRING:
      return decodeIa5(reader, bytes, what)
    case tag.teletexString:
      // The world writes Latin-1 into T.61 strings, whatever T.61 says.
      return bytes.toString('latin1')
    case tag.bmpString:
      if (bytes.length % 2 !== 0) reader.fail(`${what} is not UCS-2`)
      return bytes.length % 2 !== 0 ? '' : Buffer.from(bytes).swap16().toString('utf16le')
    default:
      reader.fail(`${what} has a string type that names do not use`)
      return ''
  }
}

/** ASCII text; IA5String is no more than that, RFC 5280 §4.2.1.6. */
export function decodeIa5(reader: DerReader, content: Uint8Array, what: string): string {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1')
  if (!isIa5(text)) reader.fail(`${what} is not ASCII`)
  return text
}

/** Text in UTF-8, without replacement characters for what is none. */
export function decodeUtf8(reader: DerReader, content: Uint8Array, what: string): string {
  try {
    return utf8.decode(content)
  } catch {
    reader.fail(`${what} is not UTF-8`)
    return ''
  }
}

export function isIa5(text: string): boolean {
  // A character beyond ASCII has more bytes in UTF-8 than UTF-16 has units.
  return Buffer.byteLength(text, 'utf8') === text.length
}

const NUMERIC_STRING = 0x12
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
