import { beforeEach, expect, test } from 'vitest'
import type { Instant } from '../lib/instant.ts'
import { instant, plus, SECOND } from '../lib/instant.ts'
import { AcmeError } from './acme-error.ts'
import { withCircuitBreaker } from './circuit-breaker.ts'
import type { AcmeReply, AcmeRequest, Transport } from './transport.ts'

const request: AcmeRequest = { action: 'get_order', method: 'POST', url: 'https://ca.example.test/order/1' }
const signal = new AbortController().signal
let now: Instant
let sent: number
let answer: () => Promise<AcmeReply>
let transport: Transport

beforeEach(() => {
  now = instant(Date.UTC(2026, 10, 22))
  sent = 0
  answer = ok
  const counted = {
    send: () => {
      sent += 1
      return answer()
    },
    close: () => Promise.resolve(),
  }
  transport = withCircuitBreaker(counted, { now: () => now })
})

const reply = (status: number): AcmeReply => ({ url: request.url, status, headers: {}, body: '' })
const ok = (): Promise<AcmeReply> => Promise.resolve(reply(200))
const down = (): Promise<AcmeReply> => Promise.reject(new AcmeError('acme/timeout', 'ca.example.test did not answer in time'))
const send = (): Promise<AcmeReply> => transport.send(request, signal)

async function failTimes(count: number): Promise<void> {
  answer = down
  for (let times = 0; times < count; times += 1) await expect(send()).rejects.toThrow('did not answer in time')
}

test('three lost answers in a row stop nobody', async () => {
  await failTimes(3)
  answer = ok
  expect((await send()).status).toBe(200)
})

test('after the fourth in a row the CA is not asked for a second, and callers are told what the last one was told', async () => {
  await failTimes(4)
  answer = ok
  await expect(send()).rejects.toThrow('ca.example.test did not answer in time')
  expect(sent).toBe(4)
  now = plus(now, SECOND)
  expect((await send()).status).toBe(200)
  expect((await send()).status).toBe(200)
})

test('while one request finds out whether the CA is back, no other is sent', async () => {
  await failTimes(4)
  now = plus(now, SECOND)
  const { promise, resolve } = Promise.withResolvers<AcmeReply>()
  answer = () => promise
  const probe = send()
  await expect(send()).rejects.toThrow('did not answer in time')
  expect(sent).toBe(5)
  resolve(reply(200))
  expect((await probe).status).toBe(200)
  answer = ok
  expect((await send()).status).toBe(200)
})

test('the longer the outage, the longer the pause, up to half a minute', async () => {
  await failTimes(4)
  const pauses: number[] = []
  for (let times = 0; times < 7; times += 1) {
    const before = now
    while (sent < 5 + times) {
      now = plus(now, SECOND)
      await send().catch(() => undefined)
    }
    pauses.push((now - before) / SECOND)
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30])
})

test('error pages count as an outage, refusals do not', async () => {
  answer = () => Promise.resolve(reply(404))
  for (let times = 0; times < 10; times += 1) await send()
  expect(sent).toBe(10)
  answer = () => Promise.resolve(reply(503))
  for (let times = 0; times < 4; times += 1) await send()
  await expect(send()).rejects.toThrow('ca.example.test answers 503')
  expect(sent).toBe(14)
})

test('a probe that is aborted leaves the question to the next request', async () => {
  await failTimes(4)
  now = plus(now, SECOND)
  answer = () => Promise.reject(new DOMException('stopped', 'AbortError'))
  await expect(send()).rejects.toThrow('stopped')
  answer = ok
  expect((await send()).status).toBe(200)
})
