import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { deadlineOf } from './deadline.ts'

test('a deadline aborts after its time', async () => {
  const { signal } = deadlineOf(new AbortController().signal, 1)
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
})

test('a deadline aborts with the signal that it was made of, and for the same reason', () => {
  const stopping = new AbortController()
  const { signal, end } = deadlineOf(stopping.signal, 60_000)
  stopping.abort('stop')
  end()
  expect(signal.reason).toBe('stop')
  expect(deadlineOf(stopping.signal, 60_000).signal.reason).toBe('stop')
})

test('a deadline that has ended leaves nothing behind on the signal that it was made of', () => {
  const stopping = new AbortController()
  const deadline = deadlineOf(stopping.signal, 60_000)
  deadline.end()
  stopping.abort()
  expect(getEventListeners(stopping.signal, 'abort')).toEqual([])
  expect(deadline.signal.aborted).toBe(false)
})
