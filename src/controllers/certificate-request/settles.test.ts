import { expect, test } from 'vitest'
import type { CertificateRequest, CertificateRequestStatus } from '../../crds/certificate-request.ts'
import type { IssuerReading } from '../../issuers/issuer-reading.ts'
import type { SignOutcome } from '../../issuers/signer.ts'
import { instant, MINUTE, plus, SECOND, toRfc3339, type Instant } from '../../lib/instant.ts'
import { seeded } from '../../lib/seeded.test-support.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import { decide, type Action } from './decide.ts'
import { changeFor } from './outcome.ts'
import { statusWith } from './status.ts'
import type { World } from './world.ts'

type Decide = (world: World, now: Instant) => Plan<Action>

/** What the API server has, and what an outside CA was asked for. */
interface Model {
  status: CertificateRequestStatus
  /** The Order: its name is computed, so that asking again finds it. */
  order: 'none' | 'pending' | 'issued' | 'refused'
  /** Rules that were broken. */
  readonly wrongs: string[]
}

const start = instant(Date.UTC(2026, 0, 1))
const seeds = Array.from({ length: 300 }, (_, seed) => seed)
const ACCIDENTS_UNTIL = 60
const LAST_STEP = 300

/** The life of one request: accidents at first, then an issuer that is ready and a CA that answers. */
function live(seed: number, decideBy: Decide = decide): { readonly model: Model; readonly isSettled: boolean } {
  const random = seeded(seed)
  const isLocal = random() < 0.5
  const mayApprove = random() < 0.7
  const model: Model = { status: {}, order: 'none', wrongs: [] }
  let stale = model.status
  let now = start
  for (let step = 0; step < LAST_STEP; step += 1) {
    const isQuiet = step >= ACCIDENTS_UNTIL
    if (!isQuiet || !mayApprove) judge(model, random, now, isQuiet)
    const seen = isQuiet || random() < 0.6 ? model.status : stale
    stale = model.status
    const issuer = isQuiet || random() < 0.6 ? ready(isLocal) : broken(random)
    const world = worldOf(seen, { issuer, mayApprove })
    const { actions, wakeAt } = decideBy(world, now)
    for (const action of actions) {
      if (!isQuiet && random() < 0.15) break // kill -9 before the effect
      if (!perform(model, action, { world, now, isLocal, mayFail: !isQuiet, random })) break
    }
    if (model.order === 'pending' && random() < 0.3) model.order = !isQuiet && random() < 0.2 ? 'refused' : 'issued'
    const settled = decideBy(worldOf(model.status, { issuer: ready(isLocal), mayApprove }), now)
    if (isQuiet && isAnswered(model.status) && settled.actions.length === 0) return { model, isSettled: true }
    now = wakeAt !== undefined && wakeAt > now && random() < 0.5 ? wakeAt : plus(now, SECOND)
  }
  return { model, isSettled: false }
}

/** People and approvers say yes or no at any time, but only once. */
function judge(model: Model, random: () => number, now: Instant, isQuiet: boolean): void {
  if (has(model.status, 'Approved') || has(model.status, 'Denied') || isAnswered(model.status)) return
  const dice = random()
  if (dice < 0.02) model.status = withCondition(model.status, 'Denied', now)
  else if (dice < 0.04 || isQuiet) model.status = withCondition(model.status, 'Approved', now)
}

/** What an action leaves behind. False: it failed, and the rest of the plan is not tried. */
function perform(
  model: Model,
  action: Action,
  given: {
    readonly world: World
    readonly now: Instant
    readonly isLocal: boolean
    readonly mayFail: boolean
    readonly random: () => number
  },
): boolean {
  const { world, now } = given
  // Status writes carry the resourceVersion that was read.
  const isStale = world.request.status !== model.status
  const write = (status: CertificateRequestStatus): boolean => {
    if (!isStale) model.status = status
    return !isStale
  }
  switch (action.do) {
    case 'announce':
    case 'abandon':
      return true
    case 'set-status':
      return write(action.status)
    case 'sign': {
      if (!action.approve && !has(world.request.status ?? {}, 'Approved')) model.wrongs.push('signed without an approval')
      if (has(world.request.status ?? {}, 'Denied')) model.wrongs.push('signed what was denied')
      if (!given.isLocal && !has(model.status, 'Approved')) model.wrongs.push('asked an outside CA before the approval was on record')
      const outcome = given.isLocal ? signedHere(given) : askedOutside(model)
      if (given.mayFail && given.random() < 0.15) return false // kill -9 between the signature and the write
      return write(statusWith(world.request.status, { approve: action.approve, ...changeFor(outcome) }, now))
    }
  }
}

function signedHere({ mayFail, random }: { readonly mayFail: boolean; readonly random: () => number }): SignOutcome {
  return mayFail && random() < 0.1 ? { kind: 'failed', reason: '', message: 'no' } : { kind: 'issued', certificate: 'chain', ca: 'ca' }
}

function askedOutside(model: Model): SignOutcome {
  if (model.order === 'none') model.order = 'pending'
  if (model.order === 'issued') return { kind: 'issued', certificate: 'chain', ca: undefined }
  return model.order === 'refused'
    ? { kind: 'failed', reason: '', message: 'the CA says no' }
    : { kind: 'pending', reason: '', message: 'waiting for the order' }
}

test.each(seeds)(
  'a request ends with one answer that was allowed, although the operator crashes and reads stale data (seed %i)',
  (seed) => {
    const { model, isSettled } = live(seed)
    expect(isSettled).toBe(true)
    expect(model.wrongs).toEqual([])
    const { status } = model
    const isIssued = (status.certificate ?? '') !== ''
    expect(isIssued).toBe(status.failureTime === undefined)
    if (isIssued) expect([has(status, 'Approved'), has(status, 'Denied')]).toEqual([true, false])
  },
)

test.each<[what: string, planted: Decide]>([
  [
    'signs what nobody has approved',
    (world, now) => {
      const plan = decide(world, now)
      return plan.because === 'waiting for approval' ? { actions: [{ do: 'sign', approve: false }], because: 'planted' } : plan
    },
  ],
  [
    'approves what it has an outside CA sign only afterwards',
    (world, now) => decide({ ...world, issuer: world.issuer.kind === 'ready' ? { ...world.issuer, isLocal: true } : world.issuer }, now),
  ],
  ['does not fail what was denied', (world, now) => (has(world.request.status ?? {}, 'Denied') ? idle : decide(world, now))],
  [
    'does not come back to what it has begun',
    (world, now) => (JSON.stringify(world.request.status ?? {}).includes('"Pending"') ? idle : decide(world, now)),
  ],
])('the simulation notices an operator that %s', (_what, planted) => {
  const lives = seeds.map((seed) => live(seed, planted))
  expect(lives.some(({ model, isSettled }) => !isSettled || model.wrongs.length > 0)).toBe(true)
})

const idle: Plan<Action> = { actions: [], because: 'planted' }

function worldOf(status: CertificateRequestStatus, parts: Pick<World, 'issuer' | 'mayApprove'>): World {
  const request: CertificateRequest = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'r1', creationTimestamp: toRfc3339(plus(start, -MINUTE)) },
    spec: { request: '', issuerRef: { name: 'ca' } },
    status,
  }
  return { request, awaited: 'waiting for the order', ...parts }
}

function ready(isLocal: boolean): IssuerReading {
  return { kind: 'ready', type: isLocal ? 'ca' : 'acme', isLocal } as IssuerReading
}

function broken(random: () => number): IssuerReading {
  return random() < 0.5
    ? { kind: 'missing', what: 'Issuer "ca"' }
    : { kind: 'not-ready', what: 'Issuer "ca"', why: 'its Secret is not there' }
}

function isAnswered({ certificate = '', failureTime }: CertificateRequestStatus): boolean {
  return certificate !== '' || failureTime !== undefined
}

function has({ conditions }: CertificateRequestStatus, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') === true
}

function withCondition(status: CertificateRequestStatus, type: string, now: Instant): CertificateRequestStatus {
  const condition = { type, status: 'True', reason: 'somebody', message: '', lastTransitionTime: toRfc3339(now) } as const
  return { ...status, conditions: [...(status.conditions ?? []), condition] }
}
