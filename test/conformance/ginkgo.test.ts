import { expect, test } from 'vitest'
import { focusOn } from './ginkgo.ts'

const names = ['[RBAC] Issuers (view) may read', '[RBAC] Issuers (view) may write']

test('the focus matches the named specs, and none whose names only hold theirs', () => {
  const focus = new RegExp(focusOn({ suite: 'e2e suite', names }))
  const specs = [...names, '[RBAC] Issuers (view) may read all', 'also [RBAC] Issuers (view) may read', 'R Issuers view may read']
  expect(specs.filter((spec) => focus.test(`e2e suite ${spec}`))).toEqual(names)
})
