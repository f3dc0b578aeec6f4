import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

/** What a key is for, the ID of RFC 7292 appendix B.3. */
export const keyPurpose = { encryption: 1, iv: 2, mac: 3 } as const

export interface Pkcs12KeyOptions {
  readonly digest: 'sha1' | 'sha256'
  readonly purpose: (typeof keyPurpose)[keyof typeof keyPurpose]
  readonly salt: Uint8Array
  readonly iterations: number
  /** Of the key, in bytes. */
  readonly length: number
}

/**
 * The key derivation of PKCS #12, RFC 7292 appendix B.2. OpenSSL does not offer it to Node, so the thousands of digests run here, and
 * the event loop has its turn between them.
 */
export async function derivePkcs12Key(password: string, options: Pkcs12KeyOptions): Promise<Uint8Array> {
  const { digest, purpose, salt, iterations, length } = options
  const diversifier = new Uint8Array(BLOCK).fill(purpose)
  const blocks = Buffer.concat([repeated(salt), repeated(bmpPassword(password))])

  const parts: Uint8Array[] = []
  for (let made = 0; made < length;) {
    let part: Uint8Array = hash(digest, Buffer.concat([diversifier, blocks]), 'buffer')
    for (let round = 1; round < iterations; round += 1) {
      part = hash(digest, part, 'buffer')
      if (round % ROUNDS_PER_TURN === 0) await setImmediate()
    }
    parts.push(part)
    made += part.length
    addToEach(blocks, part)
  }
  return Buffer.concat(parts).subarray(0, length)
}

/** RFC 7292 appendix B.1: big-endian UTF-16 with two zero bytes at the end. */
export function bmpPassword(password: string): Uint8Array {
  return Buffer.from(`${password}\0`, 'utf16le').swap16()
}

/** Block size of both digests in bytes. */
const BLOCK = 64

/** About half a millisecond. */
const ROUNDS_PER_TURN = 256

/** Repeated, the last time in part, up to whole blocks. */
function repeated(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil(bytes.length / BLOCK) * BLOCK
  return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length] ?? 0)
}

/** Step 6C: every block becomes itself plus the part, repeated to a block, plus one, modulo 2^512. */
function addToEach(blocks: Buffer, part: Uint8Array): void {
  for (let start = 0; start < blocks.length; start += BLOCK) {
    let carry = 1
    for (let at = BLOCK - 1; at >= 0; at -= 1) {
      carry += (blocks[start + at] ?? 0) + (part[at % part.length] ?? 0)
      blocks[start + at] = carry & 0xff
      carry >>= 8
    }
  }
}
