import { certificateEvent, certificateReason } from '../../crds/reasons.ts'
import { earliest, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { Action, KeySecret } from './action.ts'
import { expiry, issuingCondition, nextKeyName } from './attempt.ts'
import { limitedUntil } from './issuance-budget.ts'
import { requestOfRevision } from './requests.ts'
import { requestStep } from './request-step.ts'
import { hold, settle } from './settle.ts'
import { statusAfter, type Step } from './status.ts'
import type { NextKey, World } from './world.ts'

/** The next step of an issuance under way: first its private key, then its request. */
export function continueIssuance(world: World, now: Instant): Plan<Action> {
  if (world.wanted.csrProblem !== undefined) return hold(world, world.wanted.csrProblem, now)
  const key = usableKey(world)
  return key === undefined ? keyStep(world, now) : requestStep(world, key, now)
}

/** The one next key that the status names, if it can be used. */
function usableKey(world: World): KeySecret | undefined {
  const { certificate, nextKeys } = world
  const [next, ...others] = nextKeys
  if (next === undefined || others.length > 0 || next.name !== certificate.status?.nextPrivateKeySecretName) return undefined
  const { name, uid, key } = next
  return key.kind === 'ok' && key.fitsSpec && !isCompromised(world, key.publicKeyFingerprint)
    ? { name, uid, publicKeyFingerprint: key.publicKeyFingerprint }
    : undefined
}

/**
 * Whether that key is the one of the current revision, which somebody else has too: nothing is issued for it any more, whatever the rotation
 * policy says. Not compared with the stored key, which is the next one as soon as that is stored.
 */
function isCompromised(world: World, publicKeyFingerprint: string): boolean {
  const revision = world.certificate.status?.revision
  const current = revision === undefined ? undefined : requestOfRevision(world.requests, revision)
  return mustChangeKey(world) && current?.publicKeyFingerprint === publicKeyFingerprint
}

function mustChangeKey(world: World): boolean {
  return issuingCondition(world)?.reason === certificateReason.keyCompromised
}

/** One step towards exactly one usable next key. */
function keyStep(world: World, now: Instant): Plan<Action> {
  const named = world.certificate.status?.nextPrivateKeySecretName
  if (named === undefined) return nameNextKey(world, now)
  const key = world.nextKeys.find((candidate) => candidate.name === named)
  const others = world.nextKeys.filter((candidate) => candidate.name !== named)
  if (others.length > 0) return { actions: others.map(keyDeletion), because: 'more than one next private key' }
  if (key === undefined) return world.isNextKeyNameTaken ? renameNextKey(world, named, now) : createNextKey(world, named, now)
  const why =
    key.key.kind === 'unreadable'
      ? `the next private key does not parse: ${key.key.why}`
      : key.key.fitsSpec
        ? 'the next private key is the one that was compromised'
        : 'the spec of the private key changed during the issuance'
  return { actions: [keyDeletion(key)], because: why }
}

/**
 * Whoever set Issuing from outside named no key: one that is already there is adopted. It is honored at once, and even while the operator
 * itself would rest, but somebody who does so in a loop has to wait too.
 */
function nameNextKey(world: World, now: Instant): Plan<Action> {
  const until = limitedUntil(world.efforts, 'issuance by hand', now)
  if (until !== undefined) {
    const message = `an issuance was asked for too often in the last day; the next try is at ${toRfc3339(until)}. Find out who sets Issuing`
    const step: Step = { kind: 'limit', reason: certificateReason.issuanceLimited, message }
    return settle(world, step, now, { because: message, wakeAt: earliest(until, expiry(world, now)) })
  }
  const step: Step = { kind: 'use-next-key', isStart: true, nextKeySecretName: world.nextKeys[0]?.name ?? nextKeyName(world) }
  return { actions: [{ do: 'set-status', status: statusAfter(world, step, now), step }], because: 'an issuance was asked for' }
}

/** Somebody else's Secret is neither read nor written, whatever it is called. */
function renameNextKey(world: World, taken: string, now: Instant): Plan<Action> {
  const step: Step = { kind: 'use-next-key', isStart: false, nextKeySecretName: nextKeyName(world, taken) }
  return {
    actions: [{ do: 'set-status', status: statusAfter(world, step, now), step }],
    because: `Secret ${JSON.stringify(taken)} belongs to somebody else`,
  }
}

function createNextKey(world: World, secretName: string, now: Instant): Plan<Action> {
  if (!world.wanted.reusesKey || mustChangeKey(world) || world.stored === undefined || world.stored.key.kind === 'none') {
    return { actions: [{ do: 'create-next-key', secretName, from: 'new' }], because: 'the issuance needs a private key' }
  }
  const { key } = world.stored
  if (key.kind === 'unreadable') {
    const warning: Action = {
      do: 'warn',
      reason: certificateEvent.decodeFailed,
      message: `The private key in Secret ${JSON.stringify(world.certificate.spec.secretName)} does not parse: a new one is generated`,
    }
    return { actions: [warning, { do: 'create-next-key', secretName, from: 'new' }], because: 'the key to reuse does not parse' }
  }
  if (fits(world, key))
    return { actions: [{ do: 'create-next-key', secretName, from: 'stored' }], because: 'the rotation policy keeps the private key' }
  const message =
    `The private key in Secret ${JSON.stringify(world.certificate.spec.secretName)} does not fit spec.privateKey, and rotationPolicy Never forbids a new one: ` +
    'set spec.privateKey.rotationPolicy to Always, or give the algorithm and size that the stored key has'
  return settle(world, { kind: 'none' }, now, {
    because: message,
    first: [{ do: 'warn', reason: certificateEvent.cannotRegenerateKey, message }],
  })
}

function fits(world: World, key: { readonly algorithm: string; readonly size: number }): boolean {
  return key.algorithm === world.wanted.key.algorithm && (world.wanted.key.size === 0 || key.size === world.wanted.key.size)
}

/** The deletion of one next key. */
export function keyDeletion(key: NextKey): Action {
  return { do: 'delete-next-key', secretName: key.name, uid: key.uid }
}
