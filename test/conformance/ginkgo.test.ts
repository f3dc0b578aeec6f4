import { expect, test } from 'vitest'
import { focusesOn } from './ginkgo.ts'

const matched = (names: readonly string[], specs: readonly string[]): readonly string[] => {
  const focuses = focusesOn({ suite: 'e2e suite', names }).map((focus) => new RegExp(focus))
  return specs.filter((spec) => focuses.some((focus) => focus.test(`e2e suite ${spec}`)))
}

test('the focuses match the named specs, and none whose names only hold theirs', () => {
  const names = ['[RBAC] Issuers (view) may read', '[RBAC] Issuers (view) may write']
  expect(matched(names, [...names, `${names[0]} all`, `also ${names[0]}`, 'R Issuers view may read'])).toEqual(names)
})

test('a thousand specs fit into arguments of programs, of which Linux allows 128 kB each', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `${index} ${'x'.repeat(200)}`)
  const some = names.filter((_, index) => index % 199 === 0)
  expect(matched(names, some)).toEqual(some)
  for (const focus of focusesOn({ suite: 'e2e suite', names }))
    expect(Buffer.byteLength(focus)).toBeLessThan(128 * 1_024 - '--focus='.length)
})
