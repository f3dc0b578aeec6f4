import { expect, test } from 'vitest'

import type { AcmeChallenge, Authorization } from '../../acme/authorization.ts'
import { instant } from '../../lib/instant.ts'
import { authorizationOutcome } from './authorization-outcome.ts'

const URL = 'https://ca.example/chall/1'
const ours = (more: Partial<AcmeChallenge> = {}): AcmeChallenge => ({ type: 'http-01', url: URL, token: 'tok', status: 'pending', ...more })
const problem = { type: 'urn:ietf:params:acme:error:unauthorized', detail: 'wrong answer', status: 403, subproblems: [] }

test.each<[when: string, authorization: Partial<Authorization>, refusal: string | undefined, then: object]>([
  ['it is valid', { status: 'valid' }, undefined, { kind: 'over', state: 'valid' }],
  ['it is valid although the CA refused to hear of it again', { status: 'valid' }, 'no', { kind: 'over', state: 'valid' }],
  [
    'it is invalid, with the problem of the challenge',
    { status: 'invalid', challenges: [ours({ status: 'invalid', error: problem })] },
    undefined,
    {
      kind: 'over',
      state: 'invalid',
      reason: 'The CA could not verify control of the name: 403 urn:ietf:params:acme:error:unauthorized: wrong answer',
    },
  ],
  ['it has expired', { status: 'expired' }, undefined, { kind: 'over', state: 'expired' }],
  ['it was deactivated', { status: 'deactivated' }, undefined, { kind: 'over', state: 'invalid' }],
  ['only the challenge is invalid yet', { challenges: [ours({ status: 'invalid' })] }, undefined, { kind: 'over', state: 'invalid' }],
  ['the CA is at it', { challenges: [ours({ status: 'processing' })] }, undefined, { kind: 'under-way', isUntouched: false }],
  [
    'the CA is at it although it refused to hear of it again',
    { challenges: [ours({ status: 'processing' })] },
    'no',
    { kind: 'under-way' },
  ],
  ['the CA has not begun', {}, undefined, { kind: 'under-way', isUntouched: true }],
  ['the CA has not begun and wants time', { retryAfter: instant(5) }, undefined, { kind: 'under-way', retryAfter: 5 }],
  [
    'the CA has not begun because it refused',
    {},
    'The CA did not accept',
    { kind: 'over', state: 'errored', reason: 'The CA did not accept' },
  ],
  ['the challenge is gone from it', { challenges: [] }, undefined, { kind: 'over', state: 'errored' }],
])('when %s, that is the outcome', (_when, authorization, refusal, then) => {
  const given: Authorization = {
    url: 'https://ca.example/authz/1',
    status: 'pending',
    identifier: { type: 'dns', value: 'a.example' },
    wildcard: false,
    challenges: [ours()],
    ...authorization,
  }
  expect(authorizationOutcome(given, URL, refusal)).toMatchObject(then)
})
