import { expect, test } from 'vitest'
import { compareResourceVersions } from './resource-version.ts'

test.each<[a: string | undefined, sign: number, b: string | undefined]>([
  ['9', -1, '10'],
  ['10', 1, '9'],
  ['10', 0, '10'],
  ['007', 0, '7'],
  ['18446744073709551615', 1, '18446744073709551614'], // beyond what a double holds exactly
  ['9007199254740993', 1, '9007199254740992'],
  [undefined, -1, '1'],
  [undefined, 0, undefined],
  ['0', 0, undefined],
])('%s compared to %s is %s', (a, sign, b) => {
  expect(Math.sign(compareResourceVersions(a, b))).toBe(sign)
})
