import { expect, test } from 'vitest'

import type { AcmeOrder } from '../../acme/order.ts'
import type { OrderStatus } from '../../crds/order.ts'
import type { Instant } from '../../lib/instant.ts'
import { DAY, HOUR, instant, MINUTE, plus, toRfc3339 } from '../../lib/instant.ts'
import { decide } from './decide.ts'
import type { AuthorizationView, ChallengeView, OrderMemory, World } from './world.ts'

const now = instant(1_000_000)
const url = 'https://ca.example/order/1'
const needs: AuthorizationView = { kind: 'needs', identifier: 'a.example', url: 'https://ca.example/authz/1', challengeName: 'web-1-1-1' }
const proved: AuthorizationView = { kind: 'proved', identifier: 'a.example' }
const challenge = (more: Partial<ChallengeView> = {}): ChallengeView => ({
  name: 'web-1-1-1',
  uid: 'c1',
  authorizationUrl: 'https://ca.example/authz/1',
  identifier: 'a.example',
  state: 'pending',
  reason: '',
  isDeleting: false,
  isCleanedUp: true,
  ...more,
})
const seen = (status: AcmeOrder['status'], more: Partial<AcmeOrder> = {}, at: Instant = now): OrderMemory => ({
  seen: { order: { url, status, identifiers: [], authorizations: [], finalize: `${url}/finalize`, ...more }, at },
})

/** An Order that is new unless told otherwise. */
function aWorld(given: Partial<Omit<World, 'order'>> & { readonly status?: OrderStatus; readonly age?: number } = {}): World {
  const { status, age = 0, ...more } = given
  return {
    order: {
      apiVersion: 'acme.cert-manager.io/v1',
      kind: 'Order',
      metadata: { name: 'web-1-1', namespace: 'shop', uid: 'o1', creationTimestamp: toRfc3339(plus(now, -age)) },
      spec: { request: '', issuerRef: { name: 'le' } },
      status: status ?? { url, finalizeURL: `${url}/finalize`, state: 'pending' },
    },
    isWanted: true,
    issuer: { kind: 'ready' },
    csr: { kind: 'ok', der: new Uint8Array() },
    authorizations: [needs],
    challenges: [],
    memory: {},
    ...more,
  }
}

test.each<[when: string, given: Parameters<typeof aWorld>[0], then: string]>([
  ['there is no order at the CA', { status: {}, authorizations: [] }, 'create-order'],
  ['the CA made an order whose URL is not stored', { status: {}, authorizations: [], memory: seen('pending') }, 'record-order'],
  ['the CertificateRequest is gone', { status: {}, isWanted: false }, ''],
  ['the CertificateRequest is gone and everything is proved', { authorizations: [proved], memory: seen('ready'), isWanted: false }, ''],
  ['the issuer has no account', { status: {}, issuer: { kind: 'waiting', why: 'no account' } }, ''],
  ['the CSR is broken', { status: {}, csr: { kind: 'unreadable', why: 'not PEM' } }, 'fail'],
  ['the CA asked for time', { status: {}, memory: { wait: { until: plus(now, 1), attempts: 1, why: '429' } } }, ''],
  ['the time that the CA asked for is over', { status: {}, memory: { wait: { until: now, attempts: 1, why: '429' } } }, 'create-order'],
  ['the authorizations are not listed', { authorizations: [] }, 'read-authorizations'],
  ['an authorization was not read', { authorizations: [{ kind: 'unread', url: 'https://ca.example/authz/1' }] }, 'read-authorizations'],
  ['a proof is needed', {}, 'create-challenge'],
  [
    'two proofs are needed and one Challenge exists',
    { authorizations: [needs, { ...needs, url: 'u2', challengeName: 'web-1-1-2' }], challenges: [challenge()] },
    'create-challenge',
  ],
  ['the Challenge is under way', { challenges: [challenge()] }, ''],
  [
    'the Challenge is under way for long and the order was not looked at in this life',
    { challenges: [challenge()], age: HOUR },
    'read-order',
  ],
  [
    'the Challenge is under way for long and the order has days left',
    { challenges: [challenge()], age: DAY, memory: seen('pending', { expires: plus(now, DAY) }, plus(now, -DAY)) },
    '',
  ],
  [
    'the Challenge is under way and the order must have expired by now',
    { challenges: [challenge()], memory: seen('pending', { expires: plus(now, -MINUTE) }, plus(now, -DAY)) },
    'read-order',
  ],
  [
    'the Challenge is under way, the order was looked at after it expired, and is still there',
    { challenges: [challenge()], memory: seen('pending', { expires: plus(now, -MINUTE) }) },
    'fail',
  ],
  ['the Challenge is under way for an order that the CA gave up on', { challenges: [challenge()], memory: seen('invalid') }, 'fail'],
  ['the Challenge of that name is just being deleted', { challenges: [challenge({ isDeleting: true })] }, ''],
  ['the Challenge is for another solver now', { challenges: [challenge({ name: 'web-1-1-old' })] }, 'create-challenge,delete-challenge'],
  ['the Challenge failed', { challenges: [challenge({ state: 'invalid' })] }, 'fail'],
  [
    'one Challenge of two failed',
    {
      authorizations: [needs, { ...needs, url: 'u2', challengeName: 'web-1-1-2' }],
      challenges: [challenge(), challenge({ name: 'web-1-1-2', state: 'errored' })],
    },
    'fail',
  ],
  [
    'a Challenge for another solver failed',
    { challenges: [challenge({ name: 'web-1-1-old', state: 'invalid' })] },
    'create-challenge,delete-challenge',
  ],
  ['no solver fits', { authorizations: [{ kind: 'unsolvable', identifier: 'a.example', why: 'no solver' }] }, 'fail'],
  ['an authorization was lost', { authorizations: [{ kind: 'lost', identifier: 'a.example', why: 'expired' }] }, 'fail'],
  ['everything is proved', { authorizations: [proved] }, 'read-order'],
  ['everything is proved but another Challenge is left over', { authorizations: [proved], challenges: [challenge()] }, 'delete-challenge'],
  ['everything is proved but the CA has not counted it', { authorizations: [proved], memory: seen('pending') }, 'read-order'],
  ['the CA is ready', { authorizations: [proved], memory: seen('ready') }, 'finalize'],
  ['the CA was ready some time ago', { authorizations: [proved], memory: seen('ready', {}, plus(now, -10_000)) }, 'read-order'],
  ['the CA is ready but proofs are missing here', { memory: seen('ready') }, 'create-challenge'],
  ['the CA is issuing', { authorizations: [proved], memory: seen('processing') }, 'read-order'],
  [
    'the CA takes its time to issue',
    { authorizations: [proved], memory: { ...seen('processing'), wait: { until: now, attempts: 4, why: '' } } },
    'show-processing',
  ],
  [
    'the CA has issued',
    { authorizations: [proved], memory: seen('valid', { certificate: 'https://ca.example/cert/1' }) },
    'store-certificate',
  ],
  [
    'the CA is issuing, and the order has expired since it was looked at',
    { authorizations: [proved], memory: seen('processing', { expires: plus(now, -120_000) }, plus(now, -180_000)) },
    'read-order',
  ],
  [
    'the CA is still issuing after the order has expired',
    { authorizations: [proved], memory: seen('processing', { expires: plus(now, -120_000) }) },
    'fail',
  ],
  [
    'the CA has issued after the order would have expired',
    { authorizations: [proved], memory: seen('valid', { expires: plus(now, -120_000), certificate: 'https://ca.example/cert/1' }) },
    'store-certificate',
  ],
  ['the CA has issued but does not say where', { authorizations: [proved], memory: seen('valid') }, 'read-order'],
  ['the CA gave up on it', { authorizations: [proved], memory: seen('invalid') }, 'fail'],
  [
    'the CA refused to finalize, and the order is not read since',
    { authorizations: [proved], memory: { refusal: 'badCSR' } },
    'read-order',
  ],
  ['the CA refused to finalize, and means it', { authorizations: [proved], memory: { ...seen('ready'), refusal: 'badCSR' } }, 'fail'],
  [
    'the CA refused to finalize because it is issuing already',
    { authorizations: [proved], memory: { ...seen('processing'), refusal: 'orderNotReady' } },
    'read-order',
  ],
  [
    'the CA refused to finalize because it has issued already',
    { authorizations: [proved], memory: { ...seen('valid', { certificate: 'c' }), refusal: 'orderNotReady' } },
    'store-certificate',
  ],
  ['it is valid without its certificate', { status: { url, state: 'valid' }, authorizations: [proved] }, 'read-order'],
  ['it is complete', { status: { url, state: 'valid', certificate: 'aGk=' }, authorizations: [proved] }, ''],
  [
    'it is complete and Challenges are left',
    { status: { url, state: 'valid', certificate: 'aGk=' }, challenges: [challenge({ state: 'valid' })] },
    'delete-challenge',
  ],
  [
    'it is complete and its Challenge still cleans up',
    { status: { url, state: 'valid', certificate: 'aGk=' }, challenges: [challenge({ state: 'valid', isCleanedUp: false })] },
    '',
  ],
  [
    'it is complete and its Challenge is going',
    { status: { url, state: 'valid', certificate: 'aGk=' }, challenges: [challenge({ isDeleting: true })] },
    '',
  ],
  ['it failed', { status: { url, state: 'invalid' } }, ''],
  ['it failed and a proof would be needed', { status: { url, state: 'errored' }, memory: seen('ready') }, ''],
])('when %s, the plan is right', (_when, given, then) => {
  expect(
    decide(aWorld(given), now)
      .actions.map((action) => action.do)
      .join(),
  ).toBe(then)
})

test('a failed Challenge fails the Order with its state and its reason', () => {
  const reason = '403 urn:ietf:params:acme:error:unauthorized: wrong answer'
  expect(decide(aWorld({ challenges: [challenge({ state: 'expired', reason })] }), now).actions).toEqual([
    { do: 'fail', state: 'expired', reason: `Challenge web-1-1-1 for a.example is expired: ${reason}`, isSolverProblem: false },
  ])
})

test('an order that the CA gave up on fails with the problem that the CA names', () => {
  const error = { type: 'urn:ietf:params:acme:error:caa', detail: 'CAA forbids it', status: 403, subproblems: [] }
  expect(decide(aWorld({ authorizations: [proved], memory: seen('invalid', { error }) }), now).actions).toEqual([
    {
      do: 'fail',
      state: 'invalid',
      reason: 'The CA declared the order invalid: 403 urn:ietf:params:acme:error:caa: CAA forbids it',
      isSolverProblem: false,
    },
  ])
})

test('only a missing solver is told as a Solver Event', () => {
  const unsolvable = decide(aWorld({ authorizations: [{ kind: 'unsolvable', identifier: 'a.example', why: 'no solver' }] }), now)
  expect(unsolvable.actions).toMatchObject([{ do: 'fail', state: 'errored', isSolverProblem: true }])
})

test('while the CA asked for time, the Order is looked at again then', () => {
  const until = plus(now, 60_000)
  expect(decide(aWorld({ memory: { wait: { until, attempts: 1, why: 'Waiting for the CA: 429' } } }), now)).toEqual({
    actions: [],
    wakeAt: until,
    because: 'Waiting for the CA: 429',
  })
})

test('while a proof is under way, the Order is looked at again when the order at the CA has expired', () => {
  const expires = plus(now, DAY)
  expect(decide(aWorld({ challenges: [challenge()], memory: seen('pending', { expires }) }), now)).toEqual({
    actions: [],
    wakeAt: plus(expires, MINUTE),
    because: 'waiting for proof of a.example',
  })
})
