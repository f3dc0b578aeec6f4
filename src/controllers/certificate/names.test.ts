import { expect, test } from 'vitest'

import { requestName } from './names.ts'

const digest = /^[0-9a-f]{64}$/

test('a request is named after its Certificate and revision', () => {
  expect(requestName('web', 3)).toBe('web-3')
  expect(requestName('w'.repeat(233), 3)).toBe(`${'w'.repeat(233)}-3`)
})

test.each<[what: string, certificateName: string, prefix: string]>([
  ['is cut', 'w'.repeat(234), 'w'.repeat(168)],
  ['would be cut after a dot', `${'w'.repeat(167)}.${'x'.repeat(80)}`, 'w'.repeat(167)],
  ['would be cut after a dot and hyphens', `${'w'.repeat(160)}.1--${'-'.repeat(5)}${'x'.repeat(80)}`, `${'w'.repeat(160)}.1`],
])('a longer name %s and its SHA-256 stands behind it', (_what, certificateName, prefix) => {
  const name = requestName(certificateName, 12)
  expect(name.slice(0, prefix.length + 1)).toBe(`${prefix}-`)
  expect(name.slice(prefix.length + 1, -3)).toMatch(digest)
  expect(name.slice(-3)).toBe('-12')
})
