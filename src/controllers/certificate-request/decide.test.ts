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

function aWorld(parts: Partial<World>): World {
  return { request: aRequest(), issuer: local, mayApprove: true, ...parts } as World
}

test.each<[when: string, given: Partial<World>, then: string]>([
  ['a request is new and the issuer signs here', {}, 'sign'],
  ['a request is new and the issuer asks somebody outside', { issuer: remote }, 'set-status'],
  ['it is approved and the issuer asks somebody outside', { issuer: remote, request: aRequest(is('Approved')) }, 'sign'],
  ['nobody has approved it and we may not', { mayApprove: false }, 'announce'],
  ['it was denied', { request: aRequest(is('Denied')) }, 'set-status'],
  ['it is invalid', { request: aRequest(is('InvalidRequest')) }, ''],
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
