import { expect, test } from 'vitest'
import type { Instant } from '../../lib/instant.ts'
import { HOUR, instant, MINUTE, SECOND } from '../../lib/instant.ts'
import { AcmeError } from '../acme-error.ts'
import type { PacedOrder } from './order-pacer.ts'
import { createOrderPacer } from './order-pacer.ts'

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory'
const PRIVATE_CA = 'https://ca.example.test/acme/directory'
const start = instant(Date.UTC(2026, 10, 22))
const after = (milliseconds: number): Instant => instant(start + milliseconds)

function order(name: string, changes: Partial<PacedOrder> = {}): PacedOrder {
  return {
    key: name,
    group: 'shop/letsencrypt',
    directoryUrl: LETS_ENCRYPT,
    accountUrl: 'https://ca.example.test/acct/1',
    identifiers: [{ type: 'dns', value: name }],
    isReplacing: false,
    ...changes,
  }
}

const distinct = (count: number): readonly PacedOrder[] => Array.from({ length: count }, (_, at) => order(`site${at}.example${at}.com`))

function rateLimited(detail: string, retryAfter: Instant): AcmeError {
  const problem = { type: 'urn:ietf:params:acme:error:rateLimited', detail, subproblems: [] }
  return new AcmeError('acme/rateLimited', detail, { httpStatus: 429, problem, retryAfter })
}

test('300 orders of one account go at once at Let’s Encrypt, the 301st 36 seconds later', () => {
  const pacer = createOrderPacer()
  const all = distinct(301)
  const admissions = all.map((one) => pacer.admit(one, start))
  expect(admissions.slice(0, 300).every(({ kind }) => kind === 'go')).toBe(true)
  expect(admissions[300]).toEqual({
    kind: 'wait',
    until: after(36 * SECOND),
    why: "The CA's limit for this account is reached (300 at once, then one more every 36s)",
  })
  expect(pacer.admit(all[300] ?? order(''), after(36 * SECOND))).toEqual({ kind: 'go' })
})

test('the 51st new certificate of a registered domain waits, whatever its public suffix, and another domain does not', () => {
  const pacer = createOrderPacer()
  for (let at = 0; at < 50; at += 1) expect(pacer.admit(order(`host${at}.shop.co.uk`), start).kind).toBe('go')
  expect(pacer.admit(order('one-more.shop.co.uk'), start)).toMatchObject({ kind: 'wait', until: after(202 * MINUTE) })
  expect(pacer.admit(order('other.co.uk'), start)).toEqual({ kind: 'go' })
})

test('the sixth certificate for the same names within a week waits, in whatever order and case the names stand', () => {
  const pacer = createOrderPacer()
  const names = ['a.example.com', 'b.example.com']
  for (let at = 0; at < 5; at += 1) {
    const identifiers = (at % 2 === 0 ? names : names.toReversed()).map((value) => ({ type: 'dns', value: value.toUpperCase() }) as const)
    expect(pacer.admit(order(`same-${at}`, { identifiers }), start).kind).toBe('go')
  }
  const sixth = order('same-5', { identifiers: names.map((value) => ({ type: 'dns', value }) as const) })
  expect(pacer.admit(sixth, start)).toMatchObject({ kind: 'wait', until: after(34 * HOUR) })
})

test('a renewal of the same names is free of the limits on account and domain', () => {
  const pacer = createOrderPacer()
  const first = order('www.example.com')
  pacer.remember(first, { at: after(-HOUR), isIssued: true })
  for (const one of distinct(300)) pacer.admit(one, start)
  expect(pacer.admit({ ...first, key: 'renewal' }, start)).toEqual({ kind: 'go' })
})

test('a renewal that the CA suggested is free of all limits', () => {
  const pacer = createOrderPacer()
  const renewal = (at: number): PacedOrder =>
    order(`renewal-${at}`, { identifiers: [{ type: 'dns', value: 'www.example.com' }], isReplacing: true })
  expect(Array.from({ length: 20 }, (_, at) => pacer.admit(renewal(at), start).kind)).toEqual(Array.from({ length: 20 }, () => 'go'))
})

test('an order that failed gives back what counts certificates, not what counts orders', () => {
  const pacer = createOrderPacer(() => ({ account: { capacity: 2, refill: HOUR }, identifierSet: { capacity: 1, refill: HOUR } }))
  const one = order('www.example.com')
  pacer.admit(one, start)
  pacer.ended(one, 'failed', start)
  expect(pacer.admit({ ...one, key: 'again' }, start)).toEqual({ kind: 'go' })
  pacer.ended({ ...one, key: 'again' }, 'failed', start)
  expect(pacer.admit({ ...one, key: 'third' }, start)).toMatchObject({ kind: 'wait', until: after(HOUR) })
})

test('an order that the CA could not take now costs nothing', () => {
  const pacer = createOrderPacer(() => ({ account: { capacity: 1, refill: HOUR } }))
  const one = order('www.example.com')
  for (let tries = 0; tries < 5; tries += 1) {
    expect(pacer.admit(one, start)).toEqual({ kind: 'go' })
    pacer.ended(one, 'not-placed', start)
  }
})

test('what was placed before a restart counts after it', () => {
  const pacer = createOrderPacer()
  const tell = (): void => {
    for (const [at, one] of distinct(300).entries()) pacer.remember(one, { at: after(at - 300), isIssued: true })
  }
  tell()
  tell()
  expect(pacer.admit(order('new.example.org'), start)).toMatchObject({ kind: 'wait', until: after(36 * SECOND - 300) })
})

test('namespaces take turns at a limit: one order waits behind one of the thousand of another namespace', () => {
  const pacer = createOrderPacer(() => ({ account: { capacity: 1, refill: MINUTE } }))
  const noisy = distinct(1_001).map((one) => ({ ...one, group: 'noisy/letsencrypt' }))
  for (const one of noisy) pacer.admit(one, start)
  const quiet = order('quiet.example.org', { group: 'quiet/letsencrypt' })
  expect(pacer.admit(quiet, start)).toMatchObject({ kind: 'wait', until: after(2 * MINUTE) })
})

test.each([
  ['too many new orders (300) from this account in the last 3h0m0s', ['other.example.net', 'www.example.com']],
  ['too many certificates (50) already issued for "example.com" in the last 168h0m0s', ['mail.example.com', 'www.example.com']],
  ['too many certificates (5) already issued for this exact set of identifiers', ['www.example.com']],
  ['Rate limit reached', ['www.example.com']],
])('after "%s" the CA is left alone about %j until the time it named', (detail, closed) => {
  const pacer = createOrderPacer()
  const refused = order('www.example.com', { directoryUrl: PRIVATE_CA })
  pacer.admit(refused, start)
  pacer.refused(refused, rateLimited(detail, after(HOUR)), start)
  const asked = ['other.example.net', 'mail.example.com', 'www.example.com']
  const isClosed = (name: string, at: Instant): boolean =>
    pacer.admit(order(name, { key: `again ${name}`, directoryUrl: PRIVATE_CA }), at).kind === 'wait'
  const expected = asked.filter((name) => closed.includes(name) || detail.includes('account'))
  expect(asked.filter((name) => isClosed(name, after(MINUTE)))).toEqual(expected)
  expect(asked.filter((name) => isClosed(name, after(HOUR + MINUTE)))).toEqual([])
})

test('what the CA has closed is closed for renewals that it suggested, too', () => {
  const pacer = createOrderPacer()
  const refused = order('www.example.com')
  pacer.refused(refused, rateLimited('too many new orders', after(HOUR)), start)
  expect(pacer.admit(order('mail.example.org', { isReplacing: true }), start)).toEqual({
    kind: 'wait',
    until: after(HOUR),
    why: 'The CA takes no more orders for this account for now',
  })
})

test('a CA that publishes nothing is asked as often as there are orders', () => {
  const pacer = createOrderPacer()
  const admissions = distinct(2_000).map((one) => pacer.admit({ ...one, directoryUrl: PRIVATE_CA }, start).kind)
  expect(new Set(admissions)).toEqual(new Set(['go']))
})
