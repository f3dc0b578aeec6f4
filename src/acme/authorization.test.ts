import { expect, test } from 'vitest'
import { instant } from '../lib/instant.ts'
import { parseAuthorization, parseChallenge } from './authorization.ts'

const url = 'https://ca.example/authz/1'
const from = { url, retryAfter: undefined }
const challenge = { type: 'http-01', url: 'https://ca.example/chall/1', token: 'abc_-1', status: 'pending' }
const authorization = {
  status: 'pending',
  identifier: { type: 'dns', value: 'a.example' },
  challenges: [challenge],
  expires: '2026-11-06T00:00:00Z',
}

test('an authorization is read with its challenges', () => {
  expect(parseAuthorization({ ...authorization, wildcard: true }, { url, retryAfter: instant(5) })).toEqual({
    url,
    status: 'pending',
    identifier: { type: 'dns', value: 'a.example' },
    wildcard: true,
    challenges: [challenge],
    expires: Date.parse('2026-11-06T00:00:00Z'),
    retryAfter: 5,
  })
})

test.each([
  ['an unknown status', { ...authorization, status: 'confused' }],
  ['no identifier', { ...authorization, identifier: null }],
  ['challenges that are no list', { ...authorization, challenges: {} }],
  ['nothing but broken challenges', { ...authorization, challenges: [{}, 7] }],
  ['a list', [authorization]],
])('%s is no authorization', (_case, body) => {
  expect(parseAuthorization(body, from)).toBeUndefined()
})

test('a broken challenge beside a good one harms only itself', () => {
  expect(parseAuthorization({ ...authorization, challenges: [challenge, { type: 'dns-01' }] }, from)?.challenges).toEqual([challenge])
})

test('a challenge type that we do not know may have no token', () => {
  const unknown = { type: 'dns-persist-01', url: 'https://ca.example/chall/2', status: 'pending' }
  expect(parseChallenge(unknown)).toEqual({ ...unknown, token: '' })
})

test.each(['../../secrets', 'a b', 'a/b', 'a\n', 'ü', 'x'.repeat(600)])('a token of %j never reaches a path or a record', (token) => {
  expect(parseChallenge({ ...challenge, token })).toBeUndefined()
})

test('the error of a challenge is kept as a problem', () => {
  const error = { type: 'urn:ietf:params:acme:error:dns', detail: 'NXDOMAIN', status: 400 }
  expect(parseChallenge({ ...challenge, status: 'invalid', error })?.error).toEqual({ ...error, subproblems: [] })
})
