import { expect, test } from 'vitest'
import { leastTriedFirst } from './least-tried-first.ts'

test('what has had the fewest turns comes first, and of equals what has waited longest', () => {
  const line = leastTriedFirst<string>()
  line.push('third try', 2)
  line.push('first try', 0)
  line.push('hundredth try', 99)
  line.push('second try', 1)
  line.push('another first try', 0)
  line.push('eleventh try', 10)
  expect(Array.from({ length: 7 }, line.take)).toEqual([
    'first try',
    'another first try',
    'second try',
    'third try',
    'hundredth try',
    'eleventh try',
    undefined,
  ])
})
