import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { instant } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { AcmeError, describe, describeProblem, verdictOf } from './acme-error.ts'
import type { Verdict } from './acme-error.ts'
import type { Problem } from './problem.ts'
import { refusalOf } from './refusal.ts'
import type { AcmeReply } from './transport.ts'

const now = instant(1_000_000)
const acme = (name: string): string => `urn:ietf:params:acme:error:${name}`

function reply(status: number, problem?: Partial<Problem> | string, headers: AcmeReply['headers'] = {}): AcmeReply {
  const body = typeof problem === 'string' ? problem : JSON.stringify({ detail: 'because', ...problem })
  return { url: 'https://ca.example/x', status, headers, body }
}

test.each<[status: number, type: string | undefined, verdict: Verdict]>([
  [429, acme('rateLimited'), 'later'],
  [429, undefined, 'later'],
  [403, acme('rateLimited'), 'later'],
  [503, acme('rateLimited'), 'later'],
  [503, undefined, 'later'],
  [500, acme('serverInternal'), 'later'],
  [500, acme('malformed'), 'later'],
  [502, undefined, 'later'],
  [408, undefined, 'later'],
  [400, acme('badNonce'), 'later'],
  [400, acme('dns'), 'later'],
  [400, 'about:blank', 'later'],
  [403, undefined, 'later'],
  [404, undefined, 'later'],
  [403, acme('orderNotReady'), 'not-ready'],
  [404, acme('malformed'), 'unknown-order'],
  [410, acme('malformed'), 'unknown-order'],
  [400, acme('accountDoesNotExist'), 'unknown-account'],
  [409, acme('alreadyReplaced'), 'already-replaced'],
  [400, acme('malformed'), 'refused'],
  [400, acme('rejectedIdentifier'), 'refused'],
  [403, acme('unauthorized'), 'refused'],
  [403, acme('caa'), 'refused'],
  [403, acme('userActionRequired'), 'later'],
  [400, acme('unsupportedContact'), 'refused'],
  [400, acme('invalidContact'), 'refused'],
  [400, acme('badCSR'), 'refused'],
  [400, acme('externalAccountRequired'), 'refused'],
  [400, acme('invalidProfile'), 'refused'],
  [400, acme('somethingNew'), 'refused'],
])('HTTP %i with type %s means %s', (status, type, verdict) => {
  const error = refusalOf(reply(status, type === undefined ? '<html>sorry</html>' : { type }), now)
  expect(verdictOf(error)).toBe(verdict)
  expect(error.retry.kind).toBe(verdict === 'later' || verdict === 'not-ready' ? 'backoff' : 'never')
})

test.each<[code: `acme/${string}`, verdict: Verdict]>([
  ['acme/unreachable', 'later'],
  ['acme/tls', 'later'],
  ['acme/timeout', 'later'],
  ['acme/protocol', 'later'],
  ['acme/unsupported', 'refused'],
])('%s without an answer means %s', (code, verdict) => {
  expect(verdictOf(new AcmeError(code, 'why'))).toBe(verdict)
})

test.each<[status: number, type: string | undefined, code: string]>([
  [429, acme('rateLimited'), 'acme/rateLimited'],
  [429, undefined, 'acme/rateLimited'],
  [503, undefined, 'acme/serverInternal'],
  [400, acme('caa'), 'acme/caa'],
  [400, 'about:blank', 'acme/protocol'],
  [302, undefined, 'acme/protocol'],
])('HTTP %i with type %s has the code %s', (status, type, code) => {
  const error = refusalOf(reply(status, type === undefined ? 'no JSON' : { type }), now)
  expect(error).toBeInstanceOf(OperatorError)
  expect(error).toMatchObject({ code, httpStatus: status })
})

test('429 with Retry-After is tried again exactly then', () => {
  const error = refusalOf(reply(429, { type: acme('rateLimited') }, { 'retry-after': '90' }), now)
  expect(error).toMatchObject({ retry: { kind: 'at', at: 1_090_000 }, retryAfter: 1_090_000 })
})

test('a refusal is not tried again although the CA sends Retry-After', () => {
  expect(refusalOf(reply(400, { type: acme('rejectedIdentifier') }, { 'retry-after': '90' }), now).retry).toEqual({ kind: 'never' })
})

test('the description begins with status and type and ends with the identifiers at fault', () => {
  const subproblems = [{ type: acme('caa'), detail: 'forbidden', identifier: { type: 'dns', value: 'b.example' } }]
  const body = JSON.stringify({ type: acme('rejectedIdentifier'), detail: 'no', subproblems })
  expect(describe(refusalOf(reply(400, body), now))).toBe(`400 ${acme('rejectedIdentifier')}: no; b.example: forbidden`)
})

test.each<[instance: string, begin: string]>([
  ['https://ca.example.com/terms', 'see https://ca.example.com/terms; new terms'],
  ['javascript:alert(1)', 'new terms'],
])('the description of what people have to do leads to %s only if that is a page', (instance, begin) => {
  const body = { type: acme('userActionRequired'), detail: 'new terms', instance }
  expect(describe(refusalOf(reply(403, body), now))).toBe(`403 ${acme('userActionRequired')}: ${begin}`)
})

test.each<[instance: string | undefined, page: string]>([
  [undefined, 'https://ca.example.com/terms/v2'],
  ['https://ca.example.com/agree', 'https://ca.example.com/agree'],
])('new terms with the instance %s and a link lead to %s', (instance, page) => {
  const body = { type: acme('userActionRequired'), detail: 'new terms', ...(instance === undefined ? {} : { instance }) }
  const link = '<https://ca.example.com/dir>;rel="index", <https://ca.example.com/terms/v2>;rel="terms-of-service"'
  expect(describe(refusalOf(reply(403, body, { link }), now))).toBe(`403 ${acme('userActionRequired')}: see ${page}; new terms`)
})

test('the description of a challenge error carries the status that the problem names', () => {
  expect(describeProblem({ type: acme('dns'), detail: 'NXDOMAIN', status: 400, subproblems: [] })).toBe(`400 ${acme('dns')}: NXDOMAIN`)
})

test('the description is one visible line of at most 400 characters', () => {
  const detail = `first\r\nsecond\u0000\u001b[31mred\u202Ereversed\u2028\u{E0041}${'é'.repeat(500)}`
  const text = describe(refusalOf(reply(400, { type: acme('malformed'), detail }), now))
  expect(text).toMatch(/^400 urn:ietf:params:acme:error:malformed: first second \[31mred reversed é+…$/)
  expect([...text]).toHaveLength(400)
})

test('a redirect says so', () => {
  expect(describe(refusalOf(reply(307), now))).toBe('307 the server redirects to another place, which is not followed')
})

test('the body of an answer that is no problem document is never shown', () => {
  const error = refusalOf(reply(502, '<html>secret of the proxy</html>'), now)
  expect(describe(error)).toBe('502 the server gave no reason that ACME knows (no problem document)')
  expect(inspect(error, { depth: 9 })).not.toContain('secret of the proxy')
})
