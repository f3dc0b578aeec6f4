/**
 * RC2 in CBC mode with PKCS #7 padding, RFC 2268; the effective key is as long as the key. Only for old keystores: OpenSSL 3 has it
 * in its legacy provider alone, and 40 bits protect nothing.
 */
export function encryptRc2(plain: Uint8Array, { key, iv }: { readonly key: Uint8Array; readonly iv: Uint8Array }): Uint8Array {
  const subkeys = expandKey(key)
  const padding = BLOCK - (plain.length % BLOCK)
  const padded = Buffer.concat([plain, Buffer.alloc(padding, padding)])

  let previous = iv
  for (let at = 0; at < padded.length; at += BLOCK) {
    for (let byte = 0; byte < BLOCK; byte += 1) padded[at + byte] = (padded[at + byte] ?? 0) ^ (previous[byte] ?? 0)
    encryptBlock(padded, at, subkeys)
    previous = padded.subarray(at, at + BLOCK)
  }
  return padded
}

const BLOCK = 8

/** PITABLE of RFC 2268 §2: digits of pi. */
const PI = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb6266fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
)

/** RFC 2268 §2: 64 subkeys of 16 bits. */
function expandKey(key: Uint8Array): Uint16Array {
  const bytes = new Uint8Array(128)
  bytes.set(key)
  for (let at = key.length; at < 128; at += 1) bytes[at] = pi((bytes[at - 1] ?? 0) + (bytes[at - key.length] ?? 0))
  bytes[128 - key.length] = pi(bytes[128 - key.length] ?? 0)
  for (let at = 127 - key.length; at >= 0; at -= 1) bytes[at] = pi((bytes[at + 1] ?? 0) ^ (bytes[at + key.length] ?? 0))
  return Uint16Array.from({ length: 64 }, (_, at) => (bytes[2 * at] ?? 0) | ((bytes[2 * at + 1] ?? 0) << 8))
}

function pi(index: number): number {
  return PI[index & 0xff] ?? 0
}

const ROTATIONS = [1, 2, 3, 5] as const

/** RFC 2268 §3: 5 mixing rounds, a mashing one, 6, a mashing one, 5. */
function encryptBlock(bytes: Buffer, at: number, subkeys: Uint16Array): void {
  const words = Uint16Array.from({ length: 4 }, (_, word) => bytes.readUInt16LE(at + 2 * word))
  const word = (index: number): number => words[index & 3] ?? 0
  let next = 0
  for (let round = 0; round < 16; round += 1) {
    for (const [index, rotation] of ROTATIONS.entries()) {
      const mixed = word(index) + (subkeys[next] ?? 0) + (word(index - 1) & word(index - 2)) + (~word(index - 1) & word(index - 3))
      words[index] = (mixed << rotation) | ((mixed & 0xffff) >>> (16 - rotation))
      next += 1
    }
    if (round !== 4 && round !== 10) continue
    for (let index = 0; index < 4; index += 1) words[index] = word(index) + (subkeys[word(index - 1) & 63] ?? 0)
  }
  for (const [index, value] of words.entries()) bytes.writeUInt16LE(value, at + 2 * index)
}
