import { expect, test } from 'vitest'
import { parseDirectory } from './directory.ts'
import { parseOrder } from './order.ts'
import { parseRenewalInfo } from './renewal-info.ts'

const from = { url: 'https://ca.example/order/1', retryAfter: undefined }
const order = {
  status: 'pending',
  identifiers: [{ type: 'dns', value: 'a.example' }],
  authorizations: ['https://ca.example/authz/1'],
  finalize: 'https://ca.example/order/1/finalize',
}

test('an order is read with its own URL', () => {
  expect(parseOrder(order, from)).toEqual({ url: from.url, ...order })
})

test.each(['deactivated', 'expired', 'revoked'])('an order with the status %s of one of its authorizations is invalid', (status) => {
  expect(parseOrder({ ...order, status }, from)?.status).toBe('invalid')
})

test.each([
  ['no status', { ...order, status: undefined }],
  ['an unknown status', { ...order, status: 'lost' }],
  ['an identifier of another type', { ...order, identifiers: [{ type: 'email', value: 'a@example.com' }] }],
  ['authorizations that are no texts', { ...order, authorizations: [1] }],
  ['no finalize URL', { ...order, finalize: null }],
  ['a text', 'order'],
  ['null', null],
])('%s is no order', (_case, body) => {
  expect(parseOrder(body, from)).toBeUndefined()
})

test('a directory without a place for orders is none', () => {
  expect(parseDirectory({ newNonce: 'https://ca.example/n', newAccount: 'https://ca.example/a' })).toBeUndefined()
})

const window = { start: '2026-11-06T00:00:00Z', end: '2026-11-07T00:00:00Z' }

test.each([
  ['https://ca.example/why', 'https://ca.example/why'],
  ['javascript:alert(1)', undefined],
  ['not a URL', undefined],
])('an explanation at %j is shown as %j', (explanationURL, shown) => {
  expect(parseRenewalInfo({ suggestedWindow: window, explanationURL }, undefined)?.explanationUrl).toBe(shown)
})

test.each([
  ['a window that ends before it starts', { start: window.end, end: window.start }],
  ['an empty window', { start: window.start, end: window.start }],
  ['a window without an end', { start: window.start }],
  ['a window of garbage', { start: 'soon', end: 'later' }],
])('%s is no suggestion', (_case, suggestedWindow) => {
  expect(parseRenewalInfo({ suggestedWindow }, undefined)).toBeUndefined()
})
