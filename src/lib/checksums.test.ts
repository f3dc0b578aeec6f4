import { expect, test } from 'vitest'

import { adler32 } from './adler32.ts'
import { fnv1 } from './fnv1.ts'

test.each<[text: string, hash: number]>([
  ['', 0x811c9dc5],
  ['a', 0x050c5d7e],
  ['foobar', 0x31f0b262],
])('the FNV-1 hash of %j is the published one', (text, hash) => {
  expect(fnv1(text)).toBe(hash)
})

test.each<[text: string, checksum: number]>([
  ['', 1],
  ['Wikipedia', 0x11e60398],
  ['a'.repeat(100_000), 2_036_730_701],
])('the Adler-32 checksum is the published one (row %#)', (text, checksum) => {
  expect(adler32(text)).toBe(checksum)
})
