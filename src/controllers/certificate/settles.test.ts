import { expect, test } from 'vitest'
import { annotation } from '../../crds/annotations.ts'
import { HOUR, instant, plus, SECOND, type Instant } from '../../lib/instant.ts'
import { seeded } from '../../lib/seeded.test-support.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { Action } from './action.ts'
import { start } from './builders.ts'
import { decide } from './decide.ts'
import { ModelCluster, Refused, type ClusterState } from './model-cluster.test-support.ts'
import type { World } from './world.ts'

type Decide = (world: World, now: Instant) => Plan<Action>

interface Conditions {
  readonly decideBy?: Decide
  /** As src/kube/overlay.ts makes it: the answer to a write is in the cache before the next look. */
  readonly seesOwnWrites?: boolean
}

interface Outcome {
  readonly cluster: ModelCluster
  readonly isSettled: boolean
  /** What users and the issuer did that asks for one more certificate. */
  readonly disturbances: number
}

const QUIET_AFTER = 60
const LAST_STEP = 600
const CRASH = 0.15
const REFUSAL = 0.2
const SEEN_AT_ONCE = 0.5

/** The life of one Certificate: the first steps are full of accidents, then nobody does anything but the operator and the issuer. */
function live(seed: number, { decideBy = decide, seesOwnWrites = true }: Conditions = {}): Outcome {
  const random = seeded(seed)
  const cluster = new ModelCluster()
  if (random() < 0.5) askForTemporary(cluster)
  let seen: ClusterState = cluster.state
  let now = start
  let disturbances = 0
  for (let step = 0; step < LAST_STEP; step += 1) {
    const isQuiet = step >= QUIET_AFTER
    if (!isQuiet && disturb(cluster, random, now)) disturbances += 1
    seen = caughtUp(seen, cluster.state, random)
    const { actions, wakeAt } = decideBy(cluster.world(seen), now)
    const before = cluster.state
    carryOut(actions, { cluster, seen, now, mayCrash: () => !isQuiet && random() < CRASH })
    if (seesOwnWrites) seen = { ...seen, ...changedSince(before, cluster.state) }
    if (answerOne(cluster, { random, now, maySayNo: !isQuiet })) disturbances += 1
    const fresh = decideBy(cluster.world(cluster.state), now)
    if (isQuiet && fresh.actions.length === 0 && fresh.because === 'up to date') return { cluster, isSettled: true, disturbances }
    // Only who has nothing to do sleeps until its time; never so long that a certificate is due for renewal meanwhile.
    const maySleep = isSame(seen, cluster.state) && actions.length === 0 && wakeAt !== undefined && wakeAt > now
    now = maySleep ? instant(Math.min(wakeAt, now + HOUR)) : plus(now, SECOND)
  }
  return { cluster, isSettled: false, disturbances }
}

function askForTemporary(cluster: ModelCluster): void {
  const { certificate } = cluster.state
  const annotations = { [annotation.issueTemporaryCertificate]: 'true' }
  cluster.change({ certificate: { ...certificate, metadata: { ...certificate.metadata, annotations } } })
}

/** Each cache by itself is up to date, or as it was. */
function caughtUp(seen: ClusterState, real: ClusterState, random: () => number): ClusterState {
  const isAtOnce = () => random() < SEEN_AT_ONCE
  return {
    certificate: isAtOnce() ? real.certificate : seen.certificate,
    stored: isAtOnce() ? real.stored : seen.stored,
    requests: isAtOnce() ? real.requests : seen.requests,
    nextKeys: isAtOnce() ? real.nextKeys : seen.nextKeys,
  }
}

const kinds = ['certificate', 'stored', 'requests', 'nextKeys'] as const

function changedSince(before: ClusterState, after: ClusterState): Partial<ClusterState> {
  return Object.fromEntries(kinds.filter((kind) => before[kind] !== after[kind]).map((kind) => [kind, after[kind]]))
}

function isSame(a: ClusterState, b: ClusterState): boolean {
  return kinds.every((kind) => a[kind] === b[kind])
}

interface Moment {
  readonly cluster: ModelCluster
  readonly seen: ClusterState
  readonly now: Instant
  readonly mayCrash: () => boolean
}

/** A crash comes before an effect or after it, when nothing of the process is left. */
function carryOut(actions: readonly Action[], { cluster, seen, now, mayCrash }: Moment): void {
  for (const action of actions) {
    if (mayCrash()) return
    try {
      cluster.act(action, seen, now)
    } catch (error) {
      if (error instanceof Refused) return
      throw error
    }
  }
}

function answerOne(
  cluster: ModelCluster,
  issuer: { readonly random: () => number; readonly now: Instant; readonly maySayNo: boolean },
): boolean {
  const waiting = cluster.state.requests.find(({ state }) => state.kind === 'pending')
  if (waiting === undefined || issuer.random() < 0.6) return false
  const answer = issuer.maySayNo && issuer.random() < REFUSAL ? 'no' : 'yes'
  cluster.answer(waiting.name, answer, issuer.now)
  return answer === 'no'
}

function disturb(cluster: ModelCluster, random: () => number, now: Instant): boolean {
  const luck = random()
  if (luck < 0.03) cluster.editSpec()
  else if (luck < 0.04) cluster.change({ stored: undefined })
  else if (luck < 0.05) cluster.trigger(now)
  else if (luck < 0.06) cluster.change({ requests: cluster.state.requests.slice(1) })
  else if (luck < 0.07) cluster.change({ nextKeys: cluster.state.nextKeys.slice(1) })
  else if (luck < 0.09) return cluster.suggestRenewal(now)
  else return false
  return true
}

const seeds = Array.from({ length: 500 }, (_, seed) => seed)

test('ends Ready with the key pair of its last request, nothing left over, and no certificate asked for in vain, for each of 500 seeds', () => {
  const faults = seeds.map((seed) => ({ seed, wrong: faultsOf(live(seed)) })).filter(({ wrong }) => wrong.length > 0)
  expect(faults).toEqual([])
})

test('settles even if it does not see its own writes at once', () => {
  const unsettled = seeds.filter((seed) => !live(seed, { seesOwnWrites: false }).isSettled)
  expect(unsettled).toEqual([])
})

test.each<[fault: string, broken: (plan: Plan<Action>) => Plan<Action>]>([
  ['deletes the next private key before the Secret is stored', (plan) => ({ ...plan, actions: plan.actions.flatMap(keyDeletedFirst) })],
  ['does not record that a request failed', (plan) => ({ ...plan, actions: plan.actions.filter((action) => !isStep(action, 'fail')) })],
  [
    'never deletes requests that no longer fit',
    (plan) => ({ ...plan, actions: plan.actions.filter((action) => action.do !== 'delete-request') }),
  ],
  [
    'applies what the CA said about a certificate to the next one too',
    (plan) => ({ ...plan, actions: plan.actions.map(keepingSuggestion) }),
  ],
  [
    'forgets to delete the next private key',
    (plan) => ({ ...plan, actions: plan.actions.filter((action) => action.do !== 'delete-next-key') }),
  ],
])('the simulation notices an operator that %s', (_fault, broken) => {
  const faults = seeds.slice(0, 50).flatMap((seed) => faultsOf(live(seed, { decideBy: (world, now) => broken(decide(world, now)) })))
  expect(faults).not.toEqual([])
})

function faultsOf({ cluster, isSettled, disturbances }: Outcome): readonly string[] {
  const { certificate, stored, requests, nextKeys } = cluster.state
  const { status } = certificate
  const current = requests.find(({ revision }) => revision === status?.revision)
  const isReady = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true
  const storedKey = stored?.pair.kind === 'ok' && stored.issuer.name === 'ca' ? stored.pair.publicKeyFingerprint : undefined
  const checks: readonly (readonly [fault: string, isFault: boolean])[] = [
    ['it does not settle', !isSettled],
    ['it is not Ready', !isReady],
    ['there is no key pair of the issuer', storedKey === undefined],
    ['the stored key is not that of the current request', current !== undefined && current.publicKeyFingerprint !== storedKey],
    ['the current request does not fit the spec', current !== undefined && current.madeFor !== certificate.metadata.generation],
    ['a next private key is left over', nextKeys.length > 0],
    ['requests are left over', requests.length > 1],
    [`${cluster.issued} certificates were asked for`, cluster.issued > 1 + disturbances],
  ]
  return checks.filter(([, isFault]) => isFault).map(([fault]) => fault)
}

function keyDeletedFirst(action: Action): readonly Action[] {
  if (action.do !== 'store-key-pair') return [action]
  return [{ do: 'delete-next-key', secretName: action.key.name, uid: action.key.uid }, action]
}

const pastWindow = { ari: { suggestedWindow: { start: '2025-01-01T00:00:00Z', end: '2025-01-02T00:00:00Z' } } }

function keepingSuggestion(action: Action): Action {
  return action.do === 'set-status' && action.step.kind === 'succeed' && action.step.revision > 1
    ? { ...action, status: { ...action.status, acme: pastWindow } }
    : action
}

function isStep(action: Action, kind: string): boolean {
  return action.do === 'set-status' && action.step.kind === kind
}
