import { expect, test } from 'vitest'

import { instant, plus } from '../../lib/instant.ts'
import type { SolverServiceWorld } from './solver-service-controller.ts'
import { decideSolverService } from './solver-service-controller.ts'

const now = instant(1_000_000)

test.each<[when: string, given: Partial<SolverServiceWorld>, then: string, wakeAt: number | undefined]>([
  ['there is no Service', { hasService: false, idleSince: undefined }, '', undefined],
  ['Challenges are under way', { challenges: 2, idleSince: undefined }, '', undefined],
  ['the last Challenge has just gone', { idleSince: now }, '', plus(now, 600_000)],
  ['no Challenge came for ten minutes', { idleSince: plus(now, -600_000) }, 'remove', undefined],
])('when %s, the Service of the namespace is treated so', (_when, given, then, wakeAt) => {
  const plan = decideSolverService({ namespace: 'shop', hasService: true, challenges: 0, idleSince: undefined, ...given }, now)
  expect(plan.actions.map((action) => action.do).join()).toBe(then)
  expect(plan.wakeAt).toBe(wakeAt)
})
