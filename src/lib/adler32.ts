/** The Adler-32 checksum (RFC 1950 §8.2) of the UTF-8 bytes of `text`, as an unsigned number. */
export function adler32(text: string): number {
  let a = 1
  let b = 0
  for (const byte of Buffer.from(text, 'utf8')) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return ((b << 16) | a) >>> 0
}
