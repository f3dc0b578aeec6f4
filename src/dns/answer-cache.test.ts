import { expect, test, vi } from 'vitest'
import { instant } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { withAnswerCache } from './answer-cache.ts'
import type { DnsMessage, DnsRecord, Question } from './message.ts'
import type { Resolver } from './resolver.ts'

const ns = (ttl: number): DnsRecord => ({ name: 'a.example', ttl, type: 'NS', target: 'ns1.a.example' })
const soa = (ttl: number): DnsRecord => ({ name: 'a.example', ttl, type: 'SOA' })
const message = (answers: readonly DnsRecord[], authorities: readonly DnsRecord[] = []): DnsMessage => ({
  id: 1,
  isAnswer: true,
  opcode: 0,
  isAuthoritative: true,
  isTruncated: false,
  rcode: 0,
  question: undefined,
  answers,
  authorities,
})
const { signal } = new AbortController()
const question: Question = { name: 'a.example', type: 'NS' }

/** A resolver with one answer to everything, which counts how often it is asked. */
function counting(answer: () => Promise<DnsMessage> | DnsMessage) {
  const time = { now: 1_000_000 }
  let asked = 0
  const resolver: Resolver = {
    servers: [],
    ask: async () => {
      asked += 1
      return answer()
    },
  }
  return { cached: withAnswerCache(resolver, { now: () => instant(time.now) }), time, asked: () => asked }
}

test.each<[what: string, answer: DnsMessage, keptMs: number]>([
  ['a record is kept for its time to live', message([ns(7)]), 7_000],
  ['a record that lives long is kept for half a minute', message([ns(86_400)]), 30_000],
  ['of several records the one that lives shortest counts', message([ns(20), ns(4)]), 4_000],
  ['that there is nothing is kept for three seconds', message([], [soa(3_600)]), 3_000],
  ['that there is nothing is not kept longer than the zone allows', message([], [soa(1)]), 1_000],
  ['an answer without any record is not kept', message([]), 0],
])('%s', async (_what, answer, keptMs) => {
  const { cached, time, asked } = counting(() => answer)
  await cached.ask(question, signal)
  time.now += keptMs - 1
  await cached.ask(question, signal)
  expect(asked()).toBe(keptMs === 0 ? 2 : 1)
  time.now += 1
  await cached.ask(question, signal)
  expect(asked()).toBe(keptMs === 0 ? 3 : 2)
})

test('a TXT record is asked for each time', async () => {
  const { cached, asked } = counting(() => message([{ name: 'a.example', ttl: 60, type: 'TXT', value: 'v' }]))
  await cached.ask({ name: 'a.example', type: 'TXT' }, signal)
  await cached.ask({ name: 'a.example', type: 'TXT' }, signal)
  expect(asked()).toBe(2)
})

test('two hundred who ask the same at once are answered by one question', async () => {
  const { cached, asked } = counting(() => message([ns(30)]))
  await Promise.all(Array.from({ length: 200 }, () => cached.ask(question, signal)))
  expect(asked()).toBe(1)
})

test('a failure is kept from nobody and for nobody: who waited for the answer asks for himself', async () => {
  let failures = 0
  const { cached, asked } = counting(() => {
    failures += 1
    if (failures === 1) throw new OperatorError('dns/noAnswer', 'no answer')
    return message([ns(30)])
  })
  const [first, second] = await Promise.allSettled([cached.ask(question, signal), cached.ask(question, signal)])
  expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled'])
  expect(asked()).toBe(2)
})

test('where nobody answers, those who waited do not ask one after the other', async () => {
  const pending: (() => void)[] = []
  const { cached, asked } = counting(
    () => new Promise((_resolve, reject) => pending.push(() => reject(new OperatorError('dns/noAnswer', 'no answer')))),
  )
  const all = Promise.allSettled(Array.from({ length: 50 }, () => cached.ask(question, signal)))
  pending.shift()?.()
  await vi.waitFor(() => expect(asked()).toBe(50), { timeout: 30_000 })
  for (const fail of pending) fail()
  expect((await all).every(({ status }) => status === 'rejected')).toBe(true)
})
