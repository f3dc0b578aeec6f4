import { expect, test } from 'vitest'
import { retryAfter } from './retry-after.ts'

const now = Date.parse('2026-01-02T03:04:05Z')

test.each<[header: string | undefined, milliseconds: number | undefined]>([
  ['1', 1_000],
  ['0', 0],
  [' 30 ', 30_000],
  ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
  ['Fri, 02 Jan 2026 03:03:05 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After: %s means %s milliseconds', (header, milliseconds) => {
  expect(retryAfter(header, now)).toBe(milliseconds)
})
