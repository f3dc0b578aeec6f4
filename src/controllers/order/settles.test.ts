import { expect, test } from 'vitest'

import type { AcmeOrder } from '../../acme/order.ts'
import type { AcmeState, OrderStatus } from '../../crds/order.ts'
import type { Instant } from '../../lib/instant.ts'
import { instant, plus } from '../../lib/instant.ts'
import type { Action } from './decide.ts'
import { decide } from './decide.ts'
import type { AuthorizationView, ChallengeView, OrderMemory, World } from './world.ts'

const URL = 'https://ca.example/order/1'
const NAMES = ['a.example', 'b.example']

/** The API server's side, the CA's side, and what this process remembers, which a crash wipes out. */
interface Model {
  status: OrderStatus
  challenges: readonly ChallengeView[]
  ca: { status: AcmeOrder['status'] | undefined; created: number; finalized: number; proved: ReadonlySet<string> }
  memory: OrderMemory
}

const seeds = Array.from({ length: 200 }, (_, seed) => seed)

test.each(seeds)('settles on one certificate from one order although it crashes, reads stale data and loses answers (seed %i)', (seed) => {
  const random = seeded(seed)
  const model: Model = { status: {}, challenges: [], ca: { status: undefined, created: 0, finalized: 0, proved: new Set() }, memory: {} }
  let stale = viewOf(model)
  let now = instant(0)
  for (let step = 0; step < 400; step += 1) {
    const fresh = viewOf(model)
    const seen: World = { ...(random() < 0.6 ? fresh : stale), memory: model.memory }
    stale = fresh
    const { actions, wakeAt } = decide(seen, now)
    for (const action of actions) {
      if (random() < 0.15) {
        model.memory = {}
        break
      } // kill -9 before the effect
      if (!perform(model, action, { seen, now, random })) break
      if (random() < 0.1) {
        model.memory = {}
        break
      } // and after it
    }
    world(model, random)
    now = wakeAt !== undefined && wakeAt > now ? wakeAt : plus(now, 1_000)
    if (model.status.state === 'valid' && model.challenges.length === 0) break
  }
  expect(model.status).toMatchObject({ state: 'valid', certificate: 'aGk=' })
  expect(model.challenges).toEqual([])
  expect(model.ca.finalized).toBe(1)
})

test.each(seeds.slice(0, 50))('settles on a failure that says why when a proof fails (seed %i)', (seed) => {
  const random = seeded(seed)
  const model: Model = { status: {}, challenges: [], ca: { status: undefined, created: 0, finalized: 0, proved: new Set() }, memory: {} }
  let now = instant(0)
  for (let step = 0; step < 200 && model.status.state !== 'invalid'; step += 1) {
    const seen: World = { ...viewOf(model), memory: model.memory }
    const { actions, wakeAt } = decide(seen, now)
    for (const action of actions) {
      if (random() < 0.3) {
        model.memory = {}
        break
      }
      if (!perform(model, action, { seen, now, random: () => 1 })) break
    }
    model.challenges = model.challenges.map((challenge) => ({ ...challenge, state: 'invalid' as const, reason: 'connection refused' }))
    now = wakeAt !== undefined && wakeAt > now ? wakeAt : plus(now, 1_000)
  }
  expect(model.status.state).toBe('invalid')
  expect(model.status.reason).toContain('connection refused')
  expect(model.ca.finalized).toBe(0)
})

/** What an action leaves behind. False: it failed, and the rest of the plan is not tried. */
function perform(
  model: Model,
  action: Action,
  { seen, now, random }: { readonly seen: World; readonly now: Instant; readonly random: () => number },
): boolean {
  const { ca } = model
  // The status is written with the resourceVersion that was read, so a write that rests on old data is refused.
  const isStale = seen.order.status !== model.status
  const answerIsLost = random() < 0.15
  const see = (): void => {
    const order: AcmeOrder = {
      url: URL,
      status: ca.status ?? 'pending',
      identifiers: [],
      authorizations: [],
      finalize: `${URL}/finalize`,
      ...(ca.status === 'valid' ? { certificate: 'c' } : {}),
    }
    const isUnderWay = order.status === 'pending' || order.status === 'processing'
    model.memory = {
      ...model.memory,
      seen: { order, at: now },
      ...(isUnderWay ? { wait: { until: plus(now, 200), attempts: 1, why: '' } } : {}),
    }
  }
  switch (action.do) {
    case 'create-order':
      ca.created += 1
      if (ca.status === undefined) ca.status = 'pending'
      if (answerIsLost) {
        model.memory = { wait: { until: plus(now, 1_000), attempts: 1, why: 'timeout' } }
        return false
      }
      see()
      model.memory = { ...(model.memory.seen === undefined ? {} : { seen: model.memory.seen }) }
      if (isStale) return false
      model.status = { ...model.status, url: URL, state: 'pending' }
      return true
    case 'record-order':
      if (isStale) return false
      model.status = { ...model.status, url: URL, state: 'pending' }
      return true
    case 'read-authorizations':
      if (isStale || answerIsLost) return false
      model.status = { ...model.status, authorizations: NAMES.map((name) => ({ url: name, identifier: name })) }
      return true
    case 'create-challenge':
      if (model.challenges.some(({ name }) => name === action.name)) return true
      model.challenges = [
        ...model.challenges,
        {
          name: action.name,
          uid: action.name,
          authorizationUrl: action.authorizationUrl,
          identifier: action.authorizationUrl,
          state: 'pending',
          reason: '',
          isDeleting: false,
          isCleanedUp: true,
        },
      ]
      return true
    case 'delete-challenge':
      model.challenges = model.challenges.filter(({ name }) => name !== action.name)
      return true
    case 'read-order':
      if (answerIsLost) {
        model.memory = { wait: { until: plus(now, 1_000), attempts: 1, why: 'timeout' } }
        return false
      }
      see()
      return true
    case 'finalize':
      if (ca.status !== 'ready') {
        model.memory = { finalizedInVain: 1, wait: { until: plus(now, 1_000), attempts: 0, why: '' } }
        return true
      }
      ca.finalized += 1
      ca.status = 'processing'
      if (answerIsLost) {
        model.memory = { wait: { until: plus(now, 1_000), attempts: 1, why: 'timeout' } }
        return false
      }
      see()
      return true
    case 'store-certificate':
      if (isStale || answerIsLost) return false
      model.status = { ...model.status, state: 'valid', certificate: 'aGk=' }
      return true
    case 'show-processing':
      if (isStale) return false
      model.status = { ...model.status, state: 'processing' }
      return true
    case 'fail':
      if (isStale) return false
      model.status = { ...model.status, state: action.state, reason: action.reason }
      return true
  }
}

/** The turn of the CA and of the Challenge controller. */
function world(model: Model, random: () => number): void {
  const { ca } = model
  if (random() < 0.5) model.challenges = model.challenges.map((challenge) => ({ ...challenge, state: 'valid' as const }))
  ca.proved = new Set([...ca.proved, ...model.challenges.filter(({ state }) => state === 'valid').map(({ identifier }) => identifier)])
  if (ca.status === 'pending' && NAMES.every((name) => ca.proved.has(name)) && random() < 0.7) ca.status = 'ready'
  else if (ca.status === 'processing' && random() < 0.5) ca.status = 'valid'
}

function viewOf({ status, challenges }: Model): World {
  const listed = status.authorizations ?? (status.url === undefined ? [] : NAMES.map((name) => ({ url: name })))
  return {
    order: {
      apiVersion: 'acme.cert-manager.io/v1',
      kind: 'Order',
      metadata: { name: 'web-1-1', namespace: 'shop', uid: 'o1' },
      spec: { request: '', issuerRef: { name: 'le' } },
      status,
    },
    isWanted: true,
    issuer: { kind: 'ready' },
    csr: { kind: 'ok', der: new Uint8Array() },
    authorizations: listed.map(({ url, ...rest }): AuthorizationView => {
      if (!('identifier' in rest)) return { kind: 'unread', url }
      const isProved = challenges.some(
        ({ identifier, state }: { identifier: string; state: AcmeState | undefined }) => identifier === url && state === 'valid',
      )
      return isProved ? { kind: 'proved', identifier: url } : { kind: 'needs', identifier: url, url, challengeName: `for-${url}` }
    }),
    challenges,
    memory: {},
  }
}

function seeded(seed: number): () => number {
  let state = seed + 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
