import { expect, test } from 'vitest'
import { HOUR, instant } from '../../lib/instant.ts'
import type { ProviderResponse } from './dns-provider.ts'
import { isGranted, refusalOf } from './provider-refusal.ts'

const now = instant(Date.UTC(2026, 0, 1))
const clock = { now: () => now }

test.each([
  [302, 'dns01/refused'],
  [400, 'dns01/refused'],
  [401, 'dns01/credentials'],
  [403, 'dns01/credentials'],
  [404, 'dns01/notFound'],
  [429, 'dns01/rateLimited'],
  [500, 'dns01/unavailable'],
  [503, 'dns01/unavailable'],
])('%i is %s, and is tried again', (status, code) => {
  const refusal = refusalOf(answer(status), { api: 'Provider', asked: 'list the zones', clock })
  expect(refusal).toMatchObject({ code, retry: { kind: 'backoff' } })
})

test('the message is one sentence with what the provider said', () => {
  const reason = '10000 Authentication\nerror \u202e'
  const refusal = refusalOf(answer(403), { api: 'Cloudflare', asked: 'list the zones', reason, clock })
  expect(refusal.message).toBe('Cloudflare did not list the zones: HTTP 403, the credentials may not do this: 10000 Authentication error')
})

test('a provider that says nothing is quoted with nothing', () => {
  const refusal = refusalOf(answer(500), { api: 'Provider', asked: 'create the record', clock })
  expect(refusal.message).toBe('Provider did not create the record: HTTP 500, a fault of the server')
})

test.each<[title: string, header: string, retry: unknown]>([
  ['seconds', '120', { kind: 'at', at: now + 120_000 }],
  ['a date', 'Thu, 01 Jan 2026 00:10:00 GMT', { kind: 'at', at: now + 600_000 }],
  ['longer than an hour: not believed', String((2 * HOUR) / 1_000), { kind: 'backoff' }],
  ['garbage', 'soon', { kind: 'backoff' }],
])('Retry-After: %s', (_title, header, retry) => {
  expect(refusalOf(answer(429, header), { api: 'Provider', asked: 'list the zones', clock }).retry).toEqual(retry)
})

test('2xx is granted, and nothing else', () => {
  expect([199, 200, 204, 299, 300].map((status) => isGranted(answer(status)))).toEqual([false, true, true, true, false])
})

function answer(status: number, retryAfter?: string): ProviderResponse {
  return { status, body: undefined, text: '', header: (name) => (name === 'retry-after' ? retryAfter : undefined) }
}
