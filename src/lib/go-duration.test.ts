import { expect, test } from 'vitest'
import { formatGoDuration, parseGoDuration } from './go-duration.ts'

test.each<[text: string, milliseconds: number | undefined]>([
  ['2160h', 2160 * 3_600_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['300ms', 300],
  ['-5m', -300_000],
  ['0', 0],
  ['1h0m0s', 3_600_000],
  ['90', undefined],
  ['', undefined],
  ['1d', undefined],
  ['h', undefined],
  ['1h garbage', undefined],
])('%j is read as %s milliseconds', (text, milliseconds) => {
  expect(parseGoDuration(text)).toBe(milliseconds)
})

test.each<[milliseconds: number, text: string]>([
  [3_600_000, '1h0m0s'],
  [90_000, '1m30s'],
  [1_500, '1.5s'],
  [0, '0s'],
  [-60_000, '-1m0s'],
])('%d milliseconds are written as %s', (milliseconds, text) => {
  expect(formatGoDuration(milliseconds)).toBe(text)
})
