import { expect, test } from 'vitest'
import { isEnabled } from './enabled.ts'

test.each<[controllers: readonly string[], enabled: boolean]>([
  [['*'], true],
  [['*', '-orders'], false],
  [['orders', 'challenges'], true],
  [['challenges'], false],
  [[], false],
  [['orders-something'], true],
  [['*', '-orders-something'], true],
])('with --controllers=%j the orders controller is on: %s', (controllers, enabled) => {
  expect(isEnabled('orders', controllers)).toBe(enabled)
})
