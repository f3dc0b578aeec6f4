import { expect, test } from 'vitest'

import type { ChallengeStatus } from '../../crds/challenge.ts'
import type { ObjectMeta } from '../../crds/resource.ts'
import { instant, plus, toRfc3339 } from '../../lib/instant.ts'
import type { Solver } from '../../solvers/solver.ts'
import { decide } from './decide.ts'
import type { Claim, SelfCheckView, World } from './world.ts'
import { defaultSettings } from './world.ts'

const now = instant(1_000_000)
const FINALIZER = 'acme.cert-manager.io/finalizer'
const presentedFor = (milliseconds: number): ChallengeStatus => ({
  processing: true,
  presented: true,
  presentedAt: toRfc3339(plus(now, -milliseconds)),
  state: 'pending',
})
const failing = (more: Partial<SelfCheckView> = {}, isInconclusive = true): SelfCheckView => ({
  isRunning: false,
  last: { kind: 'failed', why: '203.0.113.7: connection refused', isInconclusive },
  nextAt: now,
  ...more,
})
const passing: SelfCheckView = { isRunning: false, last: { kind: 'passed' }, nextAt: now }

// The decision looks at nothing of the solver: that is for the effects.
const solver: Solver = {
  longestPause: 2_000,
  unsupported: () => undefined,
  isPresented: () => true,
  present: async () => ({ kind: 'presented' }),
  selfCheck: async () => ({ kind: 'passed' }),
  leavesTraces: () => true,
  stands: () => false,
  cleanUp: async () => {},
}

interface Given extends Partial<Omit<World, 'challenge'>> {
  readonly type?: 'HTTP-01' | 'DNS-01' | 'DNS-PERSIST-01'
  readonly status?: ChallengeStatus
  readonly metadata?: Partial<ObjectMeta>
  readonly waitInstead?: number
  readonly needsFinalizer?: boolean
}

function aWorld({ type = 'HTTP-01', status, metadata, waitInstead, needsFinalizer = true, ...more }: Given = {}): World {
  const challenge: World['challenge'] = {
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Challenge',
    metadata: { name: 'web-1-1-1', namespace: 'shop', uid: 'c1', finalizers: [FINALIZER], ...metadata },
    spec: {
      url: 'https://ca.example/chall/1',
      authorizationURL: 'https://ca.example/authz/1',
      dnsName: 'a.example',
      type,
      token: 'tok',
      key: 'tok.thumbprint',
      solver: {},
      issuerRef: { name: 'le' },
    },
    ...(status === undefined ? {} : { status }),
  }
  const issuer = { apiVersion: 'cert-manager.io/v1', kind: 'Issuer' as const, metadata: { name: 'le' }, spec: {} }
  const presentation = { challenge, issuer, solver: { http01: { ingress: {} } } }
  const claim: Claim = { kind: 'verified', presentation, solver, waitInstead, needsFinalizer }
  return {
    challenge,
    claim,
    provenance: undefined,
    isPresented: true,
    isStanding: false,
    selfCheck: { isRunning: false, last: undefined, nextAt: undefined },
    memory: {},
    settings: defaultSettings,
    ...more,
  }
}

const deleted = (milliseconds: number): Partial<ObjectMeta> => ({ deletionTimestamp: toRfc3339(plus(now, -milliseconds)) })
const unfounded: Claim = { kind: 'waiting', why: 'its Order does not ask for it' }

test.each<[when: string, given: Given, then: string]>([
  ['it is new', { isPresented: false }, 'present'],
  ['it came without a finalizer', { isPresented: false, metadata: { finalizers: [] } }, 'add-finalizer'],
  ['it came without one and needs none', { isPresented: false, metadata: { finalizers: [] }, needsFinalizer: false }, 'present'],
  [
    'it has none, is over, and something stands',
    { metadata: { finalizers: [] }, status: { state: 'valid' }, isStanding: true },
    'clean-up',
  ],
  ['it has none, is over, and nothing stands', { metadata: { finalizers: [] }, status: { state: 'valid' } }, ''],
  ['it came with the old finalizer', { isPresented: false, metadata: { finalizers: ['finalizer.acme.cert-manager.io'] } }, 'add-finalizer'],
  ['its Order does not ask for it', { isPresented: false, claim: unfounded }, ''],
  [
    'its Order does not ask for it although its status says it is under way',
    { status: presentedFor(5_000), claim: unfounded, selfCheck: passing },
    '',
  ],
  [
    'its solver is not supported',
    { isPresented: false, claim: { kind: 'unusable', why: 'DNS-01 solvers are not supported by this version' } },
    'fail',
  ],
  ['all is published but the status does not say so', {}, 'present'],
  ['somebody took the path away', { status: presentedFor(5_000), isPresented: false }, 'present'],
  [
    'somebody took the path away while the CA looks',
    { status: presentedFor(5_000), isPresented: false, memory: { isAccepted: true } },
    'present',
  ],
  ['it was just presented', { status: presentedFor(0) }, 'start-self-check'],
  ['the self-check is under way', { status: presentedFor(0), selfCheck: { isRunning: true, last: undefined, nextAt: undefined } }, ''],
  ['the self-check has passed', { status: presentedFor(1_000), selfCheck: passing }, 'accept'],
  ['the self-check failed and the next one is due', { status: presentedFor(1_000), selfCheck: failing() }, 'start-self-check'],
  [
    'the self-check failed and the next one is not due',
    { status: presentedFor(1_000), selfCheck: failing({ nextAt: plus(now, 200) }) },
    '',
  ],
  ['the self-check has been failing for a while', { status: presentedFor(4_000), selfCheck: failing({ isRunning: true }) }, 'show-reason'],
  ['nobody could be reached for the whole window', { status: presentedFor(10_000), selfCheck: failing() }, 'accept,show-reason'],
  [
    'the self-check did not come to an end within the window',
    { status: presentedFor(10_000), selfCheck: { isRunning: true, last: undefined, nextAt: undefined } },
    'accept',
  ],
  [
    'another answer is seen for as long as the short window',
    { status: presentedFor(10_000), selfCheck: failing({ isRunning: true }, false) },
    'show-reason',
  ],
  [
    'another answer is seen for the whole long window',
    { status: presentedFor(120_000), selfCheck: failing({}, false) },
    'accept,show-reason',
  ],
  [
    'no authoritative server could be asked for less than a minute',
    { type: 'DNS-01', status: presentedFor(59_000), selfCheck: failing({ isRunning: true }) },
    'show-reason',
  ],
  [
    'no authoritative server could be asked for a minute',
    { type: 'DNS-01', status: presentedFor(60_000), selfCheck: failing() },
    'accept,show-reason',
  ],
  [
    'a server has been lacking the record for less than ten minutes',
    { type: 'DNS-01', status: presentedFor(599_000), selfCheck: failing({ isRunning: true }, false) },
    'show-reason',
  ],
  [
    'a server has been lacking the record for ten minutes',
    { type: 'DNS-01', status: presentedFor(600_000), selfCheck: failing({}, false) },
    'accept,show-reason',
  ],
  [
    'the first look for a record still waits in line',
    { type: 'DNS-01', status: presentedFor(120_000), selfCheck: { isRunning: true, last: undefined, nextAt: undefined } },
    '',
  ],
  [
    'a person has not created the record for less than a day',
    { type: 'DNS-PERSIST-01', status: presentedFor(86_399_000), selfCheck: failing({ isRunning: true }, false) },
    'show-reason',
  ],
  [
    'a person has not created the record for a day',
    { type: 'DNS-PERSIST-01', status: presentedFor(86_400_000), selfCheck: failing({}, false) },
    'accept,show-reason',
  ],
  [
    'only the CA can tell for ten minutes whether the record will do',
    { type: 'DNS-PERSIST-01', status: presentedFor(600_000), selfCheck: failing() },
    'accept,show-reason',
  ],
  ['waiting stands instead of a self-check', { status: presentedFor(29_000), waitInstead: 30_000 }, ''],
  ['waiting instead of a self-check may be a part of a second short', { status: presentedFor(30_000), waitInstead: 30_000 }, ''],
  ['waiting instead of a self-check is over', { status: presentedFor(31_000), waitInstead: 30_000 }, 'accept'],
  [
    'waiting instead of a self-check is over, but the pod has been ready for less',
    { status: presentedFor(60_000), waitInstead: 30_000, answerer: { kind: 'ready', since: plus(now, -29_000) } },
    '',
  ],
  [
    'waiting instead of a self-check is over since the pod is ready',
    { status: presentedFor(60_000), waitInstead: 30_000, answerer: { kind: 'ready', since: plus(now, -31_000) } },
    'accept',
  ],
  [
    'the pod was ready before anything was presented',
    { status: presentedFor(10_000), waitInstead: 30_000, answerer: { kind: 'ready', since: plus(now, -60_000) } },
    '',
  ],
  [
    'waiting instead of a self-check is over, but no pod is ready',
    { status: presentedFor(60_000), waitInstead: 30_000, answerer: { kind: 'missing', why: 'the pod starts' } },
    'show-reason',
  ],
  [
    'no pod is ready, and the Challenge says so',
    {
      status: { ...presentedFor(60_000), reason: 'Waiting to ask the CA: the pod starts' },
      waitInstead: 30_000,
      answerer: { kind: 'missing', why: 'the pod starts' },
    },
    '',
  ],
  ['waiting stands instead of a self-check that would pass', { status: presentedFor(1_000), waitInstead: 30_000, selfCheck: passing }, ''],
  [
    'the CA knows that we are ready',
    { status: presentedFor(1_000), selfCheck: passing, memory: { isAccepted: true } },
    'read-authorization',
  ],
  [
    'the CA did not want to hear that we are ready',
    { status: presentedFor(1_000), selfCheck: passing, memory: { refusal: 'malformed' } },
    'read-authorization',
  ],
  [
    'the CA asked for time',
    { status: presentedFor(1_000), selfCheck: passing, memory: { wait: { until: plus(now, 1), attempts: 1, why: '429' } } },
    '',
  ],
  ['it is valid', { status: { state: 'valid' } }, 'clean-up'],
  ['it is invalid', { status: { state: 'invalid' } }, 'clean-up'],
  ['it is valid and cleaned up', { status: { state: 'valid' }, metadata: { finalizers: [] } }, ''],
  ['it is over and another finalizer is left', { status: { state: 'valid' }, metadata: { finalizers: ['example.com/mine'] } }, ''],
  ['it is deleted on its way', { status: presentedFor(1_000), metadata: deleted(0) }, 'clean-up'],
  ['it is deleted with its Order', { status: presentedFor(1_000), metadata: deleted(0), claim: unfounded }, 'clean-up'],
  [
    'it is deleted and only the old finalizer is left',
    { metadata: { ...deleted(0), finalizers: ['finalizer.acme.cert-manager.io'] } },
    'clean-up',
  ],
  [
    'cleaning up failed a moment ago',
    { metadata: deleted(1_000), memory: { cleanUpFailures: 1, wait: { until: plus(now, 1), attempts: 1, why: '' } } },
    '',
  ],
  [
    'cleaning up is due again',
    { metadata: deleted(1_000), memory: { cleanUpFailures: 1, wait: { until: now, attempts: 1, why: '' } } },
    'clean-up',
  ],
  [
    'cleaning up has failed for the whole window',
    { metadata: deleted(300_000), memory: { cleanUpFailures: 9, wait: { until: plus(now, 1), attempts: 9, why: '' } } },
    'give-up-clean-up',
  ],
  ['nobody has tried to clean up for the whole window', { metadata: deleted(300_000) }, 'clean-up'],
  [
    'cleaning up after its end fails, but nobody deletes it',
    { status: { state: 'valid' }, memory: { cleanUpFailures: 99, wait: { until: now, attempts: 99, why: '' } } },
    'clean-up',
  ],
])('when %s, the plan is right', (_when, given, then) => {
  expect(
    decide(aWorld(given), now)
      .actions.map((action) => action.do)
      .join(),
  ).toBe(then)
})

test('a failing self-check is told once, not at every look', () => {
  const reason = 'Waiting for HTTP-01 challenge propagation: 203.0.113.7: connection refused'
  expect(decide(aWorld({ status: presentedFor(4_000), selfCheck: failing({ isRunning: true }) }), now).actions).toEqual([
    { do: 'show-reason', reason },
  ])
  expect(decide(aWorld({ status: { ...presentedFor(4_000), reason }, selfCheck: failing({ isRunning: true }) }), now).actions).toEqual([])
})

test('when the CA is asked although the self-check fails, the status says what failed', () => {
  expect(decide(aWorld({ status: presentedFor(10_000), selfCheck: failing() }), now).actions).toEqual([
    { do: 'accept' },
    { do: 'show-reason', reason: 'Waiting for HTTP-01 challenge propagation: 203.0.113.7: connection refused. Asked the CA anyway' },
  ])
})

test.each<[when: string, given: Given, wakeAt: number]>([
  [
    'a check runs: at the end of the window',
    { status: presentedFor(4_000), selfCheck: failing({ isRunning: true, nextAt: undefined }) },
    6_000,
  ],
  ['the next check is due in 200 ms: then', { status: presentedFor(1_000), selfCheck: failing({ nextAt: plus(now, 200) }) }, 200],
  [
    'the next check would be due after the window: at its end',
    { status: presentedFor(9_000), selfCheck: failing({ nextAt: plus(now, 2_000) }) },
    1_000,
  ],
  ['it waits instead of a check: when that is over', { status: presentedFor(1_000), waitInstead: 30_000 }, 30_000],
])('it is looked at again when %s', (_when, given, wakeAt) => {
  expect(decide(aWorld(given), now).wakeAt).toBe(plus(now, wakeAt))
})

test.each<[what: string, tooEarlyAgo: number | undefined, isAsked: boolean]>([
  ['stands all the while', undefined, true],
  ['was not there yet a second ago', 1_000, false],
  ['has been there for ten minutes', 600_000, true],
])('an hour after the presentation, when what answers %s and the check fails, the CA is asked: %s', (_what, tooEarlyAgo, isAsked) => {
  const tooEarlyAt = tooEarlyAgo === undefined ? undefined : plus(now, -tooEarlyAgo)
  const { actions } = decide(aWorld({ status: presentedFor(3_600_000), selfCheck: failing({ tooEarlyAt }, false) }), now)
  expect(actions.some((action) => action.do === 'accept')).toBe(isAsked)
})
