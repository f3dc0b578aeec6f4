import { expect, test } from 'vitest'
import { instant, MINUTE, plus, SECOND } from '../../lib/instant.ts'
import { rotationStep, type RotationState } from './rotation-step.ts'

const now = instant(Date.UTC(2026, 0, 1))
const nothing: RotationState = {
  isWanted: false,
  hasNext: false,
  isBusy: false,
  mayMakeKeys: true,
  wantedSince: now,
  nextSince: undefined,
}
const wanted = { ...nothing, isWanted: true }
const stored = { ...wanted, hasNext: true }

test.each<[when: string, state: RotationState, step: string]>([
  ['nobody asks for another key', nothing, 'none'],
  ['it is asked for', wanted, 'prepare'],
  ['it is asked for where keys must not be made', { ...wanted, mayMakeKeys: false }, 'refuse'],
  ['Orders are under way', { ...wanted, isBusy: true }, 'wait'],
  ['Orders have been under way for ten minutes', { ...wanted, isBusy: true, wantedSince: plus(now, -10 * MINUTE) }, 'prepare'],
  ['the other key has just been stored', { ...stored, nextSince: now }, 'wait'],
  ['this process finds it stored', stored, 'wait'],
  ['requests under way have had their time', { ...stored, nextSince: plus(now, -10 * SECOND) }, 'change'],
  ['nobody asks for it any more, but it is stored', { ...stored, isWanted: false, nextSince: plus(now, -MINUTE) }, 'change'],
  ['it is stored where keys must not be made any more', { ...stored, mayMakeKeys: false, nextSince: plus(now, -MINUTE) }, 'change'],
])('when %s', (_when, state, step) => {
  expect(rotationStep(state, now).kind).toBe(step)
})
