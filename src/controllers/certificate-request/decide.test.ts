import { expect, test } from 'vitest'
import type { CertificateRequest, CertificateRequestStatus } from '../../crds/certificate-request.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import { instant, MINUTE, plus, toRfc3339 } from '../../lib/instant.ts'
import { decide } from './decide.ts'
import type { World } from './world.ts'

const start = instant(Date.UTC(2026, 0, 1))
const now = plus(start, 1_000)
const issuer = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name: 'ca', namespace: 'shop' },
  spec: { ca: { secretName: 'ca' } },
} as AnyIssuer
const local = { kind: 'ready', issuer, type: 'ca', isLocal: true } as const
const remote = { kind: 'ready', issuer, type: 'acme', isLocal: false } as const

function aRequest(status?: CertificateRequestStatus, metadata: Partial<CertificateRequest['metadata']> = {}): CertificateRequest {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'uid', creationTimestamp: toRfc3339(start), ...metadata },
    spec: { request: '', issuerRef: { name: 'ca' } },
    ...(status === undefined ? {} : { status }),
  }
}

const is = (type: string, reason = 'x'): CertificateRequestStatus => ({ conditions: [{ type, status: 'True', reason, message: '' }] })
const ready = (reason: string): CertificateRequestStatus => ({
  conditions: [
    { type: 'Approved', status: 'True' },
    { type: 'Ready', status: 'False', reason },
  ],
})

const both = (...types: readonly string[]): CertificateRequestStatus => ({
  conditions: types.map((type) => ({ type, status: 'True', reason: 'x', message: '' })),
})
const onlyReady = (reason: string): CertificateRequestStatus => ({ conditions: [{ type: 'Ready', status: 'False', reason }] })

function aWorld(parts: Partial<World>): World {
  return { request: aRequest(), issuer: local, mayApprove: true, ...parts } as World
}

test.each<[when: string, given: Partial<World>, then: string]>([
  ['a request is new and the issuer signs here', {}, 'sign'],
  ['a request is new and the issuer asks somebody outside', { issuer: remote }, 'set-status'],
  ['it is approved and the issuer asks somebody outside', { issuer: remote, request: aRequest(is('Approved')) }, 'sign'],
  ['nobody has approved it and we may not', { mayApprove: false }, 'announce'],
  ['it was denied', { request: aRequest(is('Denied')) }, 'set-status'],
  ['it is invalid and nobody has approved it', { request: aRequest(is('InvalidRequest')) }, 'set-status'],
  ['it is invalid and approved', { request: aRequest(both('Approved', 'InvalidRequest')) }, ''],
  ['it is invalid and we may not approve', { request: aRequest(is('InvalidRequest')), mayApprove: false }, ''],
  ['it is invalid and denied', { request: aRequest(both('Denied', 'InvalidRequest')) }, 'set-status'],
  [
    'its approval is not True',
    { request: aRequest({ conditions: [{ type: 'Approved', status: 'False' }] }), mayApprove: false },
    'announce',
  ],
  ['it has a certificate and no Ready', { request: aRequest({ ...is('Approved'), certificate: 'UEVN' }) }, ''],
  [
    'it has a certificate and its issuer is gone',
    { request: aRequest({ ...is('Approved'), certificate: 'UEVN' }), issuer: { kind: 'missing', what: '' } },
    '',
  ],
  ['it has a certificate and nobody has approved it', { request: aRequest({ certificate: 'UEVN' }) }, 'set-status'],
  ['it is Ready for a reason that nobody knows, without a certificate', { request: aRequest(ready('Fine')) }, 'sign'],
  ['it has failed and nobody has approved it', { request: aRequest(onlyReady('Failed')) }, ''],
  ['it is issued and nobody has approved it', { request: aRequest(onlyReady('Issued')) }, ''],
  ['it is pending and nobody has approved it', { request: aRequest(onlyReady('Pending')) }, 'sign'],
  ['its issuer does not say its type', { issuer: { kind: 'typeless', what: 'Issuer "ca"' } }, 'set-status'],
  ['it has failed', { request: aRequest(ready('Failed')) }, ''],
  ['it is issued', { request: aRequest(ready('Issued')) }, ''],
  ['its issuer is not there', { issuer: { kind: 'missing', what: 'Issuer "ca"' } }, 'set-status'],
  ['its issuer is not ready', { issuer: { kind: 'not-ready', what: 'Issuer "ca"', why: 'no key' } }, 'set-status'],
  ['its issuer is of another group', { issuer: { kind: 'foreign' } }, 'set-status'],
  ['its issuer is of another group and it is approved', { issuer: { kind: 'foreign' }, request: aRequest(is('Approved')) }, ''],
  ['its issuer is of another group and we may not approve', { issuer: { kind: 'foreign' }, mayApprove: false }, 'announce'],
  ['it is being deleted', { request: aRequest(undefined, { deletionTimestamp: toRfc3339(start) }) }, ''],
])('when %s', (_when, given, then) => {
  expect(
    decide(aWorld(given), now)
      .actions.map((action) => action.do)
      .join(),
  ).toBe(then)
})

test('what an outside CA does cannot be taken back, so approval is on record before it is asked', () => {
  const [action] = decide(aWorld({ issuer: remote }), now).actions
  expect(action).toMatchObject({
    do: 'set-status',
    status: { conditions: [{ type: 'Approved', status: 'True', reason: 'cert-manager.io' }] },
  })
})

test('the approval says already what the request is going to wait for', () => {
  const [action] = decide(aWorld({ issuer: remote, awaited: 'Waiting for Order shop/web-1-2' }), now).actions
  expect(action).toMatchObject({
    do: 'set-status',
    status: {
      conditions: [
        { type: 'Approved', status: 'True' },
        { type: 'Ready', status: 'False', reason: 'Pending', message: 'Waiting for Order shop/web-1-2' },
      ],
    },
  })
})

test('for an external issuer only the approval is written', () => {
  const [action] = decide(aWorld({ issuer: { kind: 'foreign' } }), now).actions
  expect(action?.do === 'set-status' ? action.status.conditions?.map(({ type }) => type) : []).toEqual(['Approved'])
})

test('a request that waits for approval is looked at again, and told about only while it is new', () => {
  const later = plus(start, 2 * MINUTE)
  const plan = decide(aWorld({ mayApprove: false }), later)
  expect(plan.actions).toEqual([])
  expect(plan.wakeAt).toBe(plus(later, 5 * MINUTE))
})

test('a wait that is on record is not written again', () => {
  const waiting: World['issuer'] = { kind: 'not-ready', what: 'Issuer "ca"', why: 'no key' }
  const [first] = decide(aWorld({ issuer: waiting }), now).actions
  const status = first?.do === 'set-status' ? first.status : undefined
  expect(decide(aWorld({ issuer: waiting, request: aRequest(status), mayApprove: false }), plus(now, MINUTE)).actions).toEqual([])
})

const denied = { type: 'Denied', status: 'True', reason: 'Foo', message: 'no', lastTransitionTime: toRfc3339(start) } as const
const failedReady = { type: 'Ready', status: 'False', reason: 'Failed', message: 'x', lastTransitionTime: toRfc3339(start) } as const
const deniedReady = {
  type: 'Ready',
  status: 'False',
  reason: 'Denied',
  message: 'The CertificateRequest was denied by an approval controller',
} as const

test.each<[before: string, status: CertificateRequestStatus, after: CertificateRequestStatus]>([
  [
    'nothing else',
    { conditions: [denied] },
    { conditions: [denied, { ...deniedReady, lastTransitionTime: toRfc3339(now) }], failureTime: toRfc3339(now) },
  ],
  [
    'a failure',
    { conditions: [denied, failedReady], failureTime: toRfc3339(start) },
    { conditions: [denied, { ...deniedReady, lastTransitionTime: toRfc3339(start) }], failureTime: toRfc3339(start) },
  ],
  [
    'a certificate',
    { conditions: [denied, { ...failedReady, status: 'True', reason: 'Issued' }], certificate: 'UEVN' },
    { conditions: [denied, { ...deniedReady, lastTransitionTime: toRfc3339(now) }], certificate: 'UEVN', failureTime: toRfc3339(now) },
  ],
])('a denied request with %s is told to be Denied without an Event, and never twice', (_before, status, after) => {
  const [action] = decide(aWorld({ request: aRequest(status) }), now).actions
  expect(action).toEqual({ do: 'set-status', status: after, announce: [] })
  expect(decide(aWorld({ request: aRequest(after) }), plus(now, MINUTE)).actions).toEqual([])
})

test.each<[what: string, issuer: World['issuer'], event: string]>([
  ['its issuer is not there', { kind: 'missing', what: 'Issuer "ca"' }, 'IssuerNotFound'],
  ['its issuer names no type', { kind: 'typeless', what: 'Issuer "ca"' }, 'IssuerTypeMissing'],
  ['its issuer is not ready', { kind: 'not-ready', what: 'Issuer "ca"', why: 'no key' }, 'IssuerNotReady'],
])('a request waits when %s, which is one Event, and no failure', (_what, waiting, event) => {
  const request = aRequest(is('Approved'))
  const [action] = decide(aWorld({ request, issuer: waiting }), now).actions
  expect(action).toMatchObject({
    do: 'set-status',
    status: {
      conditions: [{ type: 'Approved' }, { type: 'Ready', status: 'False', reason: 'Pending', lastTransitionTime: toRfc3339(now) }],
    },
    announce: [{ type: 'Normal', reason: event }],
  })
  const status = action?.do === 'set-status' ? action.status : {}
  expect(status).not.toHaveProperty('failureTime')
  const [second] = decide(aWorld({ request: aRequest(status), issuer: { kind: 'missing', what: 'another' } }), plus(now, MINUTE)).actions
  expect(second).toMatchObject({ announce: [], status: { conditions: [{}, { lastTransitionTime: toRfc3339(now) }] } })
})

test('an approval takes nothing away from what others have written', () => {
  const conditions = [
    { type: 'Ready', status: 'False', reason: 'Pending', message: 'theirs', lastTransitionTime: toRfc3339(start) },
    { type: 'example.com/Seen', status: 'True' },
  ] as const
  const [action] = decide(aWorld({ issuer: { kind: 'foreign' }, request: aRequest({ conditions, ca: 'UEVN' }) }), now).actions
  expect(action).toEqual({
    do: 'set-status',
    announce: [{ type: 'Normal', reason: 'cert-manager.io', message: 'Certificate request has been approved by cert-manager.io' }],
    status: {
      ca: 'UEVN',
      conditions: [
        ...conditions,
        {
          type: 'Approved',
          status: 'True',
          reason: 'cert-manager.io',
          message: 'Certificate request has been approved by cert-manager.io',
          lastTransitionTime: toRfc3339(now),
        },
      ],
    },
  })
})
