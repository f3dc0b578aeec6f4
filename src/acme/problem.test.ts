import { expect, test } from 'vitest'
import { parseProblem, shortName } from './problem.ts'

test('a problem keeps its type, detail, status and the identifiers at fault', () => {
  const body = {
    type: 'urn:ietf:params:acme:error:malformed',
    detail: 'Some of the identifiers requested were rejected',
    status: 400,
    instance: 'https://ca.example/problem/1',
    subproblems: [
      { type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail: 'no', identifier: { type: 'dns', value: '_x.example' } },
      { detail: 'without a type' },
      'garbage',
    ],
  }
  expect(parseProblem(body)).toEqual({
    type: body.type,
    detail: body.detail,
    status: 400,
    instance: body.instance,
    subproblems: [{ type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail: 'no', identifier: '_x.example' }],
  })
})

test.each([[undefined], [null], ['text'], [[]], [{}], [{ type: 4 }], [{ error: 'not found' }]])('%j is no problem document', (body) => {
  expect(parseProblem(body)).toBeUndefined()
})

test.each([
  ['urn:ietf:params:acme:error:rateLimited', 'rateLimited'],
  ['about:blank', undefined],
  ['urn:ietf:params:acme:error:', undefined],
  ['urn:ietf:params:acme:error:with space\n', undefined],
  ['https://ca.example/urn:ietf:params:acme:error:caa', undefined],
])('the short name of %j is %j', (type, name) => {
  expect(shortName({ type, detail: '' })).toBe(name)
})
