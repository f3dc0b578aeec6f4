import { expect, test } from 'vitest'

import { createResolver } from './resolver.ts'

const never = new AbortController().signal

test('a nameserver that does not answer leaves the addresses unknown, instead of saying that there are none', async () => {
  // Nothing listens on port 1.
  expect(await createResolver(['127.0.0.1:1'])('a.example', never)).toEqual({ kind: 'unknown' })
})

test('the system knows its own name', async () => {
  const resolution = await createResolver([])('localhost', never)
  expect(resolution.kind === 'known' && resolution.addresses).toContain('127.0.0.1')
})
