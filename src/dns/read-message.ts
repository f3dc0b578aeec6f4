import { labelText, MAX_NAME } from './name.ts'
import type { DnsMessage, DnsRecord, Question, RecordContent, RecordType } from './message.ts'
import { recordTypes } from './message.ts'

export type MessageReading = { readonly kind: 'ok'; readonly message: DnsMessage; readonly last: RawRecord | undefined } | Malformed

export interface Malformed {
  readonly kind: 'malformed'
  readonly why: string
}

/** A record of the additional section as it stands in the message; a signature is the last one. */
export interface RawRecord {
  readonly name: string
  readonly type: number
  readonly startsAt: number
  readonly content: Buffer
}

/** Reads what a server has sent, which may be anything: takes time in proportion to its size, and never throws. */
export function readMessage(bytes: Uint8Array): MessageReading {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    return read(buffer)
  } catch (error) {
    if (error instanceof Broken) return { kind: 'malformed', why: error.message }
    throw error
  }
}

/** Never leaves this file: a reader that returns a value for each byte would hide what is read. */
class Broken extends Error {}

const HEADER = 12
/** Names in real messages need one or two. */
const MAX_JUMPS = 32

function read(buffer: Buffer): MessageReading {
  if (buffer.length < HEADER) throw new Broken('it is shorter than a header')
  const flags = buffer.readUInt16BE(2)
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = [4, 6, 8, 10].map((at) => buffer.readUInt16BE(at))
  const cursor: Cursor = { buffer, at: HEADER }
  const asked = Array.from({ length: questions }, () => readQuestion(cursor))
  const sections = [answers, authorities].map((count) => Array.from({ length: count }, () => recordOf(cursor, readRecord(cursor))))
  const additional = Array.from({ length: additionals }, () => readRecord(cursor))
  const message = {
    id: buffer.readUInt16BE(0),
    isAnswer: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0xf,
    isAuthoritative: (flags & 0x0400) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    rcode: (flags & 0xf) | extendedRcode(additional),
    question: asked[0],
    answers: sections[0] ?? [],
    authorities: sections[1] ?? [],
  }
  return { kind: 'ok', message, last: additional.at(-1) }
}

interface Cursor {
  readonly buffer: Buffer
  at: number
}

interface PlacedRecord extends RawRecord {
  readonly ttl: number
  readonly contentAt: number
}

function readQuestion(cursor: Cursor): Question | undefined {
  const name = readName(cursor)
  const type = typeName(take(cursor, 2).readUInt16BE())
  take(cursor, 2)
  return type === undefined ? undefined : { name, type }
}

function readRecord(cursor: Cursor): PlacedRecord {
  const startsAt = cursor.at
  const name = readName(cursor)
  const fixed = take(cursor, 10)
  const contentAt = cursor.at
  const content = take(cursor, fixed.readUInt16BE(8))
  return { name, type: fixed.readUInt16BE(0), startsAt, ttl: fixed.readUInt32BE(4), contentAt, content }
}

function recordOf({ buffer }: Cursor, { name, ttl, type, contentAt, content }: PlacedRecord): DnsRecord {
  return { name, ttl, ...contentOf(buffer, { type: typeName(type), contentAt, content }) }
}

function contentOf(
  buffer: Buffer,
  { type, contentAt, content }: { readonly type: RecordType | undefined; readonly contentAt: number; readonly content: Buffer },
): RecordContent {
  switch (type) {
    case 'TXT':
      return { type, value: textIn(content) }
    case 'CNAME':
    case 'NS':
      return { type, target: readName({ buffer, at: contentAt }) }
    case 'A':
      return content.length === 4 ? { type, address: content.join('.') } : { type: 'other' }
    case 'AAAA':
      return content.length === 16 ? { type, address: ipv6Of(content) } : { type: 'other' }
    case 'SOA':
      return { type }
    case undefined:
      return { type: 'other' }
  }
}

/** The strings of a TXT record are one value (RFC 8555 §8.4 after RFC 1035 §3.3.14). */
function textIn(content: Buffer): string {
  const strings: string[] = []
  for (let at = 0; at < content.length; at += 1 + (content[at] ?? 0)) {
    strings.push(content.subarray(at + 1, at + 1 + (content[at] ?? 0)).toString('latin1'))
  }
  return strings.join('')
}

function ipv6Of(content: Buffer): string {
  const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((at) => content.readUInt16BE(at).toString(16)).join(':')
  return new URL(`http://[${groups}]`).hostname.slice(1, -1)
}

/** Pointers may only lead backwards, and not often, so that a name ends and costs little. */
function readName(cursor: Cursor): string {
  const labels: string[] = []
  let length = 0
  let reading = cursor
  for (let jumps = 0; ;) {
    const startsAt = reading.at
    const size = take(reading, 1).readUInt8()
    if (size === 0) return labels.join('.')
    if (size < 0x40) {
      length += size + 1
      if (length >= MAX_NAME) throw new Broken('a name in it is too long')
      labels.push(labelText(take(reading, size)))
      continue
    }
    if (size < 0xc0) throw new Broken('a name in it has a label of an unknown kind')
    const target = ((size & 0x3f) << 8) | take(reading, 1).readUInt8()
    jumps += 1
    if (target >= startsAt || jumps > MAX_JUMPS) throw new Broken('the names in it refer to each other in a circle')
    reading = { buffer: cursor.buffer, at: target }
  }
}

function take(cursor: Cursor, count: number): Buffer {
  const end = cursor.at + count
  if (end > cursor.buffer.length) throw new Broken('it ends too early')
  const taken = cursor.buffer.subarray(cursor.at, end)
  cursor.at = end
  return taken
}

function typeName(code: number): RecordType | undefined {
  return typeNames.get(code)
}

const typeNames = new Map<number, RecordType>(Object.entries(recordTypes).map(([name, code]) => [code, name as RecordType]))

const OPT = 41

/** The upper bits of the response code stand in the OPT record (RFC 6891 §6.1.3). */
function extendedRcode(additional: readonly PlacedRecord[]): number {
  const opt = additional.find(({ type }) => type === OPT)
  return opt === undefined ? 0 : (opt.ttl >>> 24) << 4
}
