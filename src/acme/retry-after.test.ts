import { expect, test } from 'vitest'
import { DAY, instant, parseRfc3339, SECOND } from '../lib/instant.ts'
import { parseRetryAfter } from './retry-after.ts'

const now = parseRfc3339('2026-11-06T08:49:00Z') ?? instant(0)

test.each<[header: string | undefined, seconds: number | undefined]>([
  ['120', 120],
  [' 7 ', 7],
  ['Fri, 06 Nov 2026 08:49:37 GMT', 37],
  ['Friday, 06-Nov-26 08:49:37 GMT', 37],
  ['Fri Nov  6 08:49:37 2026', 37],
  ['0', 1],
  ['Fri, 06 Nov 2026 08:00:00 GMT', 1],
  ['86401', DAY / SECOND],
  ['999999999999', DAY / SECOND],
  ['Fri, 06 Nov 2099 08:49:37 GMT', DAY / SECOND],
  [undefined, undefined],
  ['', undefined],
  ['soon', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['9'.repeat(400), undefined],
  ['2026-11-06T08:49:37Z', undefined],
  ['Fri, 99 Foo 2026 08:49:37 GMT', undefined],
])('a Retry-After of %j is %j seconds from now', (header, seconds) => {
  expect(parseRetryAfter(header, now)).toBe(seconds === undefined ? undefined : now + seconds * SECOND)
})
