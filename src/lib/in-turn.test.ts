import { expect, test } from 'vitest'
import { inTurn } from './in-turn.ts'

test('work on one key begins when the work before it is over, also when that has failed', async () => {
  const turn = inTurn()
  const story: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = turn('a', async () => {
    story.push('first begins')
    await gate.promise
    story.push('first ends')
    throw new Error('no')
  })
  const second = turn('a', async () => {
    story.push('second')
    return 2
  })
  const other = await turn('b', async () => {
    story.push('other key')
    return 3
  })
  gate.resolve()
  await expect(first).rejects.toThrow('no')
  expect([await second, other]).toEqual([2, 3])
  expect(story).toEqual(['first begins', 'other key', 'first ends', 'second'])
})
