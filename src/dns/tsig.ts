import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Instant } from '../lib/instant.ts'
import { SECOND } from '../lib/instant.ts'
import type { Redacted } from '../lib/redacted.ts'
import { classes } from './message.ts'
import { encodeName } from './name.ts'
import type { RawRecord } from './read-message.ts'
import { uint16, uint32 } from './write-message.ts'

/** How the algorithms are called in an issuer. */
export type TsigAlgorithm = 'HMACMD5' | 'HMACSHA1' | 'HMACSHA256' | 'HMACSHA512'

export interface TsigKey {
  readonly name: string
  readonly algorithm: TsigAlgorithm
  readonly secret: Redacted<Buffer>
}

/** A message with its signature at the end. */
export interface SignedMessage {
  readonly bytes: Buffer
  /** The answer is signed over this too. */
  readonly mac: Buffer
}

/** What the signature of an answer is worth. */
export type TsigVerdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'forged' }
  /** The server did not accept ours: 16 BADSIG, 17 BADKEY, 18 BADTIME, 22 BADTRUNC. */
  | { readonly kind: 'refused'; readonly error: number }

const TSIG = 250
/** The clocks may differ by five minutes (RFC 8945 §10). */
const FUDGE = 300

const algorithms: Readonly<Record<TsigAlgorithm, { readonly hash: string; readonly name: string }>> = {
  HMACMD5: { hash: 'md5', name: 'hmac-md5.sig-alg.reg.int' },
  HMACSHA1: { hash: 'sha1', name: 'hmac-sha1' },
  HMACSHA256: { hash: 'sha256', name: 'hmac-sha256' },
  HMACSHA512: { hash: 'sha512', name: 'hmac-sha512' },
}

/** Signs a message that has no signature yet (RFC 8945 §4.3.3). */
export function signMessage(message: Buffer, key: TsigKey, now: Instant): SignedMessage {
  const time = uint48(Math.floor(now / SECOND))
  const variables = { time, fudge: uint16(FUDGE), error: uint16(0), other: Buffer.alloc(0) }
  const mac = macOf(key, [message], variables)
  const content = Buffer.concat([
    encodeName(algorithms[key.algorithm].name),
    time,
    variables.fudge,
    uint16(mac.length),
    mac,
    message.subarray(0, 2),
    variables.error,
    uint16(0),
  ])
  const record = Buffer.concat([encodeName(key.name), uint16(TSIG), uint16(classes.any), uint32(0), uint16(content.length), content])
  return { bytes: Buffer.concat([withAdditionals(message, 1), record]), mac }
}

/** Checks the answer to a signed request; `last` is its last record (RFC 8945 §5.3). */
export function verifyAnswer(
  answer: Buffer,
  last: RawRecord | undefined,
  { key, mac }: { readonly key: TsigKey; readonly mac: Buffer },
): TsigVerdict {
  if (last === undefined || last.type !== TSIG) return { kind: 'unsigned' }
  const parts = partsOf(last.content)
  if (parts === undefined) return { kind: 'forged' }
  const error = parts.variables.error.readUInt16BE()
  // Who does not know the key, or saw another signature, cannot sign its answer (§5.3.2).
  if (parts.mac.length === 0) return error === 0 ? { kind: 'unsigned' } : { kind: 'refused', error }
  const unsigned = withAdditionals(answer.subarray(0, last.startsAt), -1)
  parts.originalId.copy(unsigned)
  const expected = macOf(key, [uint16(mac.length), mac, unsigned], parts.variables)
  if (expected.length !== parts.mac.length || !timingSafeEqual(expected, parts.mac)) return { kind: 'forged' }
  return error === 0 ? { kind: 'ok' } : { kind: 'refused', error }
}

interface Variables {
  readonly time: Buffer
  readonly fudge: Buffer
  readonly error: Buffer
  readonly other: Buffer
}

function macOf({ name, algorithm, secret }: TsigKey, before: readonly Buffer[], { time, fudge, error, other }: Variables): Buffer {
  const mac = createHmac(algorithms[algorithm].hash, secret.reveal())
  for (const part of before) mac.update(part)
  mac.update(encodeName(name)).update(uint16(classes.any)).update(uint32(0)).update(encodeName(algorithms[algorithm].name))
  return mac.update(time).update(fudge).update(error).update(uint16(other.length)).update(other).digest()
}

interface Parts {
  readonly variables: Variables
  readonly mac: Buffer
  readonly originalId: Buffer
}

/** The content of a TSIG record; undefined: it is none. */
function partsOf(content: Buffer): Parts | undefined {
  let at = 0
  while ((content[at] ?? 0) > 0) at += (content[at] ?? 0) + 1
  const rest = content.subarray(at + 1)
  if (rest.length < 10) return undefined
  const macEnd = 10 + rest.readUInt16BE(8)
  if (rest.length < macEnd + 6) return undefined
  const other = rest.subarray(macEnd + 6, macEnd + 6 + rest.readUInt16BE(macEnd + 4))
  const variables = { time: rest.subarray(0, 6), fudge: rest.subarray(6, 8), error: rest.subarray(macEnd + 2, macEnd + 4), other }
  return { variables, mac: rest.subarray(10, macEnd), originalId: rest.subarray(macEnd, macEnd + 2) }
}

/** A copy with another number of additional records in its header. */
function withAdditionals(message: Buffer, more: 1 | -1): Buffer {
  const copy = Buffer.from(message)
  copy.writeUInt16BE(copy.readUInt16BE(10) + more, 10)
  return copy
}

function uint48(value: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUIntBE(value, 0, 6)
  return bytes
}
