import { classes, opcodes, recordTypes } from './message.ts'
import type { Question } from './message.ts'
import { encodeName } from './name.ts'

/** What fits into a packet almost everywhere (RFC 9715 §3.1). */
export const UDP_PAYLOAD = 1_232

export interface Query extends Question {
  readonly id: number
  /** Whether the server shall ask others for us. */
  readonly isRecursive: boolean
}

/** A question to a server (RFC 1035 §4.1, with EDNS after RFC 6891). */
export function writeQuery({ id, name, type, isRecursive }: Query): Buffer {
  const question = Buffer.concat([encodeName(name), uint16(recordTypes[type]), uint16(classes.internet)])
  const opt = Buffer.concat([encodeName(''), uint16(41), uint16(UDP_PAYLOAD), uint32(0), uint16(0)])
  return Buffer.concat([header({ id, flags: isRecursive ? 0x0100 : 0, counts: [1, 0, 0, 1] }), question, opt])
}

export interface TxtUpdate {
  readonly id: number
  readonly zone: string
  readonly name: string
  readonly value: string
  /** `add` needs the time to live of the record, in seconds. */
  readonly change: { readonly kind: 'add'; readonly ttl: number } | { readonly kind: 'remove' }
}

/** Adds one TXT value to a name, or removes just that value (RFC 2136 §2.5.1, §2.5.4). Neither touches others. */
export function writeTxtUpdate({ id, zone, name, value, change }: TxtUpdate): Buffer {
  const zoneSection = Buffer.concat([encodeName(zone), uint16(recordTypes.SOA), uint16(classes.internet)])
  const recordClass = change.kind === 'add' ? classes.internet : classes.none
  const content = txtContent(value)
  const record = Buffer.concat([
    encodeName(name),
    uint16(recordTypes.TXT),
    uint16(recordClass),
    uint32(change.kind === 'add' ? change.ttl : 0),
    uint16(content.length),
    content,
  ])
  return Buffer.concat([header({ id, flags: opcodes.update << 11, counts: [1, 0, 1, 0] }), zoneSection, record])
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function header({ id, flags, counts }: { readonly id: number; readonly flags: number; readonly counts: readonly number[] }): Buffer {
  return Buffer.concat([uint16(id), uint16(flags), ...counts.map(uint16)])
}

/** Strings of at most 255 bytes. */
function txtContent(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  const strings: Buffer[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += 255) {
    const string = bytes.subarray(at, at + 255)
    strings.push(Buffer.of(string.length), string)
  }
  return Buffer.concat(strings)
}
