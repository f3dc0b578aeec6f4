import { expect, test } from 'vitest'
import type { CertificateRequest, CertificateRequestStatus } from '../../crds/certificate-request.ts'
import type { IssuerReading } from '../../issuers/issuer-reading.ts'
import { recordOf } from '../../issuers/pool/member-record.ts'
import type { PoolMember, PoolReading } from '../../issuers/pool/pool-reading.ts'
import type { SignOutcome } from '../../issuers/signer.ts'
import { instant, MINUTE, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import { seeded } from '../../lib/seeded.test-support.ts'
import { decide, type Action } from './decide.ts'
import { afterAnswer, recordsOf } from './pool-plan.ts'
import { statusWith } from './status.ts'
import type { World } from './world.ts'

/** The API server's side, and the CAs': which of them holds an order for this request. */
interface Model {
  status: CertificateRequestStatus
  readonly orders: Set<string>
  mostOrdersAtOnce: number
  issuedBy: string[]
}

const start = instant(Date.UTC(2026, 0, 1))
const seeds = Array.from({ length: 200 }, (_, seed) => seed)
const NAMES = ['a', 'b', 'c']
const approved = { conditions: [{ type: 'Approved', status: 'True', reason: 'cert-manager.io', message: '' }] } as const

test.each(seeds)(
  'a request to a pool gets one answer and never has two orders, although issuers fail and the operator crashes (seed %i)',
  (seed) => {
    const random = seeded(seed)
    const model: Model = { status: approved, orders: new Set(), mostOrdersAtOnce: 0, issuedBy: [] }
    let stale = model.status
    let now = start
    for (let step = 0; step < 600 && !isAnswered(model); step += 1) {
      const seen = random() < 0.7 ? model.status : stale
      stale = model.status
      const world = worldOf(
        seen,
        NAMES.map((name) => (random() < 0.2 ? notReady(name) : ready(name))),
      )
      const { actions, wakeAt } = decide(world, now)
      for (const action of actions) {
        if (random() < 0.15 || !perform(model, action, { world, now, random })) break
      }
      now = wakeAt !== undefined && wakeAt > now && random() < 0.5 ? wakeAt : plus(now, MINUTE)
    }
    const failed = model.status.failureTime !== undefined
    expect(isAnswered(model)).toBe(true)
    expect(model.mostOrdersAtOnce).toBeLessThanOrEqual(1)
    expect(model.issuedBy.length + Number(failed)).toBe(1)
    // Nobody is named as a failure who was not asked, and a failure names everybody.
    if (failed) expect(recordsOf(requestWith(model.status)).filter(({ state }) => state === 'passed-over').length).toBe(NAMES.length)
  },
)

/** What an action leaves behind. False: it failed, and the rest of the plan is not tried. */
function perform(
  model: Model,
  action: Action,
  { world, now, random }: { readonly world: World; readonly now: Instant; readonly random: () => number },
): boolean {
  // Status writes carry the resourceVersion that was read.
  const isStale = world.request.status !== model.status
  switch (action.do) {
    case 'abandon':
      // Deleting what is no longer current is harmless even on old data, as long as nobody new has been asked.
      if (!isStale) model.orders.clear()
      return !isStale
    case 'announce':
      return true
    case 'set-status':
      if (!isStale) model.status = action.status
      return !isStale
    case 'sign': {
      const { issuer } = world
      const record = action.member === undefined ? undefined : recordOf(recordsOf(world.request), action.member)
      if (issuer.kind !== 'pool' || record === undefined || isStale) return false
      const { name } = record.member
      model.orders.add(name)
      model.mostOrdersAtOnce = Math.max(model.mostOrdersAtOnce, model.orders.size)
      const outcome = answer(name, random)
      const { change } = afterAnswer(world, issuer.pool, { record, outcome }, now)
      if (random() < 0.1) return false // killed before the write
      model.status = statusWith(model.status, change, now)
      if (change.certificate !== undefined) model.issuedBy.push(name)
      return true
    }
  }
}

function answer(name: string, random: () => number): SignOutcome {
  const dice = random()
  if (dice < 0.3) return { kind: 'pending', reason: '', message: 'no answer', hindrance: { cause: 'Outage', why: 'no answer' } }
  if (dice < 0.4) {
    const until = plus(start, 100 * 24 * 60 * MINUTE)
    return { kind: 'pending', reason: '', message: 'slow', hindrance: { cause: 'RateLimit', why: 'slow down', until } }
  }
  if (dice < 0.7) return { kind: 'pending', reason: '', message: 'waiting' }
  if (dice < 0.9) return { kind: 'failed', reason: '', message: `${name} says no` }
  return { kind: 'issued', certificate: 'chain', ca: undefined }
}

function isAnswered({ status }: Model): boolean {
  return status.certificate !== undefined || status.failureTime !== undefined
}

function worldOf(status: CertificateRequestStatus, members: readonly PoolMember[]): World {
  const pool: PoolReading = {
    what: 'IssuerPool "all"',
    members,
    moveOn: ['Outage', 'RateLimit', 'Refusal'],
    maxWait: 3 * MINUTE,
    comeBackAfter: 30 * MINUTE,
  }
  return { request: requestWith(status), issuer: { kind: 'pool', pool }, mayApprove: false, awaited: undefined }
}

function requestWith(status: CertificateRequestStatus): CertificateRequest {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'r1', creationTimestamp: toRfc3339(start) },
    spec: { request: '', issuerRef: { group: 'certwright.dev', kind: 'IssuerPool', name: 'all' } },
    status,
  }
}

function ready(name: string): PoolMember {
  const reading = { kind: 'ready', type: 'acme', isLocal: false } as IssuerReading
  return { kind: 'Issuer', name, reading, notReadySince: undefined, heldDownUntil: undefined }
}

function notReady(name: string): PoolMember {
  return { ...ready(name), reading: { kind: 'not-ready', what: `Issuer "${name}"`, why: 'no account' } }
}
