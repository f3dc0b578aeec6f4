import type { CertificateStatus } from '../../crds/certificate.ts'
import { certificateEvent, conditionType } from '../../crds/reasons.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import type { Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { Action } from './action.ts'
import { expiry } from './attempt.ts'
import { storedRenewal } from './policies.ts'
import { statusAfter, type Step } from './status.ts'
import type { World } from './world.ts'

/** A plan that changes nothing but the status, and that only where it differs. */
export function settle(
  world: World,
  step: Step,
  now: Instant,
  plan: { readonly because: string; readonly wakeAt?: Instant | undefined; readonly first?: readonly Action[] },
): Plan<Action> {
  return {
    actions: [...(plan.first ?? []), ...statusChange(world, statusAfter(world, step, now), step)],
    because: plan.because,
    ...(plan.wakeAt === undefined ? {} : { wakeAt: plan.wakeAt }),
  }
}

/** The status write, where there is something to write. */
export function statusChange(world: World, status: CertificateStatus, step: Step): readonly Action[] {
  return deepEqual(world.certificate.status ?? {}, status) ? [] : statusWrite(world, status, step)
}

/** The status write, with a warning when it is the first to say that no renewal window will do. */
export function statusWrite(world: World, status: CertificateStatus, step: Step): readonly Action[] {
  const problem = storedRenewal(world)?.problem
  const isNews = problem !== undefined && isTold(problem, status) && !isTold(problem, world.certificate.status)
  return [...(isNews ? [windowWarning(problem)] : []), { do: 'set-status', status, step }]
}

/** The Event about a renewal outside the windows. */
export function windowWarning(message: string): Action {
  return { do: 'warn', reason: certificateEvent.windowError, message }
}

function isTold(problem: string, status: CertificateStatus | undefined): boolean {
  const ready = status?.conditions?.find((condition) => condition.type === conditionType.ready)
  return ready?.message?.includes(problem) ?? false
}

/** The spec makes no CSR: only an edit can help, so nothing is counted as a failure and no time is waited for. */
export function hold(world: World, problem: string, now: Instant): Plan<Action> {
  const step: Step = {
    kind: 'hold',
    reason: certificateEvent.requestFailed,
    message: `no CSR can be made from this Certificate: ${problem}`,
  }
  const because = step.message
  return settle(world, step, now, { because, first: [{ do: 'warn', reason: step.reason, message: because }], wakeAt: expiry(world, now) })
}
