import { expect, test } from 'vitest'
import { inFlightLimit } from './in-flight-limit.ts'

const never = new AbortController().signal

test('the third waits until one of two leaves, and those who wait go in order', async () => {
  const limit = inFlightLimit(2)
  const order: string[] = []
  const leaveFirst = await limit.enter(never)
  await limit.enter(never)
  const third = limit.enter(never).then((leave) => {
    order.push('third')
    return leave
  })
  const fourth = limit.enter(never).then(() => order.push('fourth'))
  expect(order).toEqual([])
  leaveFirst()
  const leaveThird = await third
  expect(order).toEqual(['third'])
  leaveThird()
  await fourth
  expect(order).toEqual(['third', 'fourth'])
})

test('who gives up waiting does not take a place', async () => {
  const limit = inFlightLimit(1)
  const leave = await limit.enter(never)
  const giving = new AbortController()
  const gaveUp = limit.enter(giving.signal)
  giving.abort(new Error('gave up'))
  await expect(gaveUp).rejects.toThrow('gave up')
  leave()
  await expect(limit.enter(never)).resolves.toBeTypeOf('function')
})
