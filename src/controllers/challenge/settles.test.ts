import { expect, test } from 'vitest'

import type { Challenge, ChallengeStatus } from '../../crds/challenge.ts'
import type { Instant } from '../../lib/instant.ts'
import { instant, plus, toRfc3339 } from '../../lib/instant.ts'
import type { Action } from './decide.ts'
import { decide } from './decide.ts'
import type { ChallengeMemory, Claim, SelfCheckView, World } from './world.ts'
import { defaultSettings } from './world.ts'

const FINALIZER = 'acme.cert-manager.io/finalizer'

interface Model {
  readonly needsFinalizer: boolean
  status: ChallengeStatus
  finalizers: readonly string[]
  deletedAt: Instant | undefined
  isPublished: boolean
  ca: 'pending' | 'processing' | 'valid' | 'invalid'
  selfCheck: SelfCheckView
  memory: ChallengeMemory
}

const begin = (needsFinalizer = true): Model => ({
  needsFinalizer,
  status: {},
  finalizers: needsFinalizer ? [FINALIZER] : [],
  deletedAt: undefined,
  isPublished: false,
  ca: 'pending',
  selfCheck: nothing,
  memory: {},
})
const nothing: SelfCheckView = { isRunning: false, last: undefined, nextAt: undefined }
const seeds = Array.from({ length: 200 }, (_, seed) => seed)

test.each(seeds)('settles on a verdict with nothing left behind although it crashes and reads stale data (seed %i)', (seed) => {
  const random = seeded(seed)
  const isCheckable = random() < 0.5
  const model = run(begin(), random, { verdict: random() < 0.7 ? 'valid' : 'invalid', isCheckable })
  expect(model.status.state).toMatch(/^(valid|invalid)$/)
  expect(model.isPublished).toBe(false)
  expect(model.finalizers).toEqual([])
})

test.each(seeds.slice(0, 100))('settles with nothing left behind also where no finalizer is needed (seed %i)', (seed) => {
  const random = seeded(seed)
  const model = run(begin(false), random, { verdict: random() < 0.7 ? 'valid' : 'invalid', isCheckable: true })
  expect(model.status.state).toMatch(/^(valid|invalid)$/)
  expect(model.isPublished).toBe(false)
})

test.each(seeds.slice(0, 100))('leaves nothing behind when it is deleted at any moment (seed %i)', (seed) => {
  const random = seeded(seed)
  const model = run(begin(), random, { verdict: 'valid', isCheckable: true, deleteAtStep: Math.floor(random() * 12) })
  expect(model.isPublished).toBe(false)
  expect(model.finalizers).toEqual([])
})

test.each(seeds.slice(0, 20))('lets a deleted Challenge go when cleaning up fails for good (seed %i)', (seed) => {
  const model = run({ ...begin(), isPublished: true }, seeded(seed), {
    verdict: 'valid',
    isCheckable: true,
    deleteAtStep: 0,
    isCleanUpBroken: true,
  })
  expect(model.finalizers).toEqual([])
})

interface Script {
  readonly verdict: 'valid' | 'invalid'
  readonly isCheckable: boolean
  readonly deleteAtStep?: number
  readonly isCleanUpBroken?: boolean
}

function run(model: Model, random: () => number, script: Script): Model {
  let now = instant(0)
  let stale = model.status
  for (let at = 0; at < 400; at += 1) {
    if (script.deleteAtStep === at) model.deletedAt = now
    const seen = worldOf(model, random() < 0.6 ? model.status : stale)
    stale = model.status
    const { actions, wakeAt } = decide(seen, now)
    for (const action of actions) {
      if (random() < 0.15) {
        crash(model)
        break
      }
      if (!perform(model, action, { seen, now, random, script })) break
      if (random() < 0.1) {
        crash(model)
        break
      }
    }
    if (model.selfCheck.isRunning && random() < 0.7) {
      const last =
        script.isCheckable && model.isPublished
          ? ({ kind: 'passed' } as const)
          : ({ kind: 'failed', why: 'status 404', isInconclusive: true } as const)
      model.selfCheck = { isRunning: false, last, nextAt: plus(now, 200) }
    }
    if (model.ca === 'processing' && random() < 0.6) model.ca = script.verdict
    now = wakeAt !== undefined && wakeAt > now ? wakeAt : plus(now, 500)
    if (isSettled(model)) break
  }
  return model
}

function isSettled({ needsFinalizer, finalizers, status, isPublished }: Model): boolean {
  if (needsFinalizer) return finalizers.length === 0
  return (status.state === 'valid' || status.state === 'invalid') && !isPublished
}

function crash(model: Model): void {
  model.memory = {}
  model.selfCheck = nothing
}

/** What an action leaves behind. False: it failed, and the rest of the plan is not tried. */
function perform(
  model: Model,
  action: Action,
  { seen, now, random, script }: { readonly seen: World; readonly now: Instant; readonly random: () => number; readonly script: Script },
): boolean {
  const isStale = seen.challenge.status !== model.status
  const answerIsLost = random() < 0.15
  switch (action.do) {
    case 'add-finalizer':
      model.finalizers = [FINALIZER]
      return true
    case 'present':
      model.isPublished = true
      if (isStale) return false
      model.status = {
        ...model.status,
        processing: true,
        presented: true,
        presentedAt: model.status.presentedAt ?? toRfc3339(now),
        state: 'pending',
      }
      return true
    case 'start-self-check':
      model.selfCheck = { ...model.selfCheck, isRunning: true, nextAt: undefined }
      return true
    case 'show-reason':
      if (isStale) return false
      model.status = { ...model.status, reason: action.reason }
      return true
    case 'accept': {
      const isKnown = model.ca !== 'pending'
      if (!isKnown) model.ca = 'processing'
      if (answerIsLost) return false
      model.memory = isKnown ? { refusal: 'it is processing already' } : { isAccepted: true }
      return true
    }
    case 'read-authorization':
      if (answerIsLost || isStale) return false
      if (model.ca === 'valid' || model.ca === 'invalid')
        model.status = { ...model.status, state: model.ca, processing: false, presented: false }
      else model.memory = { ...model.memory, wait: { until: plus(now, 200), attempts: 1, why: '' } }
      return true
    case 'fail':
      if (isStale) return false
      model.status = { ...model.status, state: 'errored' }
      return true
    case 'clean-up':
      if (script.isCleanUpBroken === true) {
        model.memory = {
          cleanUpFailures: (model.memory.cleanUpFailures ?? 0) + 1,
          wait: { until: plus(now, 10_000), attempts: 1, why: '' },
        }
        return false
      }
      model.isPublished = false
      if (answerIsLost) return false
      model.finalizers = []
      return true
    case 'give-up-clean-up':
      model.finalizers = []
      return true
  }
}

function worldOf(model: Model, status: ChallengeStatus): World {
  const challenge: Challenge = {
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Challenge',
    metadata: {
      name: 'c',
      namespace: 'shop',
      uid: 'c1',
      finalizers: model.finalizers,
      ...(model.deletedAt === undefined ? {} : { deletionTimestamp: toRfc3339(model.deletedAt) }),
    },
    spec: {
      url: 'u',
      authorizationURL: 'a',
      dnsName: 'a.example',
      type: 'HTTP-01',
      token: 'tok',
      key: 'k',
      solver: {},
      issuerRef: { name: 'le' },
    },
    status,
  }
  const issuer = { apiVersion: 'cert-manager.io/v1', kind: 'Issuer' as const, metadata: { name: 'le' }, spec: {} }
  const solver = {
    longestPause: 2_000,
    unsupported: () => undefined,
    isPresented: () => model.isPublished,
    present: async () => ({ kind: 'presented' as const }),
    selfCheck: async () => ({ kind: 'passed' as const }),
    leavesTraces: () => model.needsFinalizer,
    stands: () => model.isPublished,
    cleanUp: async () => {},
  }
  const presentation = { challenge, issuer, solver: {} }
  const claim: Claim = { kind: 'verified', presentation, solver, waitInstead: undefined, needsFinalizer: model.needsFinalizer }
  return {
    challenge,
    claim,
    provenance: undefined,
    isPresented: model.isPublished,
    isStanding: model.isPublished,
    selfCheck: model.selfCheck,
    memory: model.memory,
    settings: defaultSettings,
  }
}

function seeded(seed: number): () => number {
  let state = seed + 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
