/** FNV-1 with 32 bits (not 1a), as an unsigned number: what Go's `fnv.New32` yields for the UTF-8 bytes of `text`. */
export function fnv1(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash, 0x01000193) ^ byte
  return hash >>> 0
}
