import { finalizer } from '../../crds/labels.ts'
import type { Instant } from '../../lib/instant.ts'
import { instant, parseRfc3339, plus, SECOND } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import { hasAnyFinalizer } from './finalizers.ts'
import { isOver } from './is-over.ts'
import type { Claim, World } from './world.ts'

export type Action =
  | { readonly do: 'add-finalizer' }
  | { readonly do: 'present' }
  | { readonly do: 'start-self-check' }
  | { readonly do: 'show-reason'; readonly reason: string }
  | { readonly do: 'accept' }
  | { readonly do: 'read-authorization' }
  | { readonly do: 'fail'; readonly reason: string }
  | { readonly do: 'clean-up' }
  | { readonly do: 'give-up-clean-up' }

type Verified = Extract<Claim, { kind: 'verified' }>

/** Propagation takes a moment almost always; a status that says so would cost a write each time. */
const QUIET = 3 * SECOND

/** The life of a Challenge: present, look ourselves, tell the CA, follow its verdict, clean up. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { challenge, claim, memory } = world
  if (isOver(challenge)) return cleaningUp(world, now)
  if (claim.kind === 'waiting') return rest(claim.why)
  if (claim.kind === 'unusable') return { actions: [{ do: 'fail', reason: claim.why }], because: claim.why }

  const { wait } = memory
  if (wait !== undefined && now < wait.until) return { actions: [], wakeAt: wait.until, because: wait.why }

  if (claim.needsFinalizer && !hasFinalizer(world))
    return { actions: [{ do: 'add-finalizer' }], because: 'what is presented must not be left behind' }
  if (!world.isPresented || presentedAt(world) === undefined) {
    // Whether the status or the cache shows it first, the own write wakes us; the time is for the case that neither does.
    return { actions: [{ do: 'present' }], wakeAt: plus(now, SECOND), because: 'the answer is not published' }
  }
  if (memory.isAccepted === true || memory.refusal !== undefined) {
    return { actions: [{ do: 'read-authorization' }], wakeAt: now, because: 'the CA is checking' }
  }
  return readiness(world, claim, now)
}

/** Presented: is it time to tell the CA? */
function readiness(world: World, claim: Verified, now: Instant): Plan<Action> {
  const since = presentedAt(world) ?? instant(0)
  if (claim.waitInstead !== undefined) return waiting(world, claim.waitInstead, now)

  const { last, isRunning, nextAt } = world.selfCheck
  if (last?.kind === 'passed') return accept(now, 'the self-check has passed')
  const { unlooked, unseen, absent } = world.settings.windows[world.challenge.spec.type]
  const { tooEarlyAt } = world.selfCheck
  const deadline = plus(
    tooEarlyAt !== undefined && tooEarlyAt > since ? tooEarlyAt : since,
    last === undefined ? unlooked : last.isInconclusive ? unseen : absent,
  )
  if (now >= deadline) return accept(now, 'the self-check fails, which may be due to our own place in the network', failing(world))

  const actions: Action[] = []
  if (!isRunning && (nextAt === undefined || now >= nextAt)) actions.push({ do: 'start-self-check' })
  const reason = failing(world)
  if (reason !== undefined && reason !== world.challenge.status?.reason && now >= plus(since, QUIET))
    actions.push({ do: 'show-reason', reason })
  // A check that ends wakes us by itself.
  const wakeAt = !isRunning && nextAt !== undefined && now < nextAt && nextAt < deadline ? nextAt : deadline
  const isRepetition = last !== undefined && actions.every((action) => action.do === 'start-self-check')
  return { actions, wakeAt, because: reason ?? 'looking whether the answer can be seen', isRepetition }
}

/** The time begins when somebody is there who could answer. */
function waiting(world: World, wait: number, now: Instant): Plan<Action> {
  const { challenge, answerer } = world
  const presented = presentedAt(world) ?? instant(0)
  if (answerer?.kind === 'missing') {
    const reason = `Waiting to ask the CA: ${answerer.why}`
    const shownAt = plus(presented, QUIET)
    const isShown = challenge.status?.reason === reason
    return {
      actions: isShown || now < shownAt ? [] : [{ do: 'show-reason', reason }],
      because: reason,
      // That it is there wakes us.
      ...(now < shownAt ? { wakeAt: shownAt } : {}),
    }
  }
  const since = answerer?.since !== undefined && answerer.since > presented ? answerer.since : presented
  // Both are whole seconds, rounded down: never wait less than what was asked for.
  const acceptAt = plus(since, wait + SECOND)
  if (now >= acceptAt) return accept(now, 'the time to wait instead of a self-check is over')
  return { actions: [], wakeAt: acceptAt, because: 'waiting instead of a self-check' }
}

function accept(now: Instant, because: string, reason?: string): Plan<Action> {
  const shown: readonly Action[] = reason === undefined ? [] : [{ do: 'show-reason', reason: `${reason}. Asked the CA anyway` }]
  // The CA first: the write of the reason would make a stale world of this one.
  return { actions: [{ do: 'accept' }, ...shown], wakeAt: now, because }
}

function failing({ challenge, selfCheck }: World): string | undefined {
  return selfCheck.last?.kind === 'failed' ? `Waiting for ${challenge.spec.type} challenge propagation: ${selfCheck.last.why}` : undefined
}

/**
 * Finished or deleted. A finalizer goes last, so that the Challenge stays until nothing of it is left. One without has only what Kubernetes
 * removes with it, which is removed sooner here.
 */
function cleaningUp(world: World, now: Instant): Plan<Action> {
  const { challenge, memory, settings } = world
  if (!hasAnyFinalizer(challenge) && !world.isStanding) return rest('nothing is presented any more')
  const deletedAt = parseRfc3339(challenge.metadata.deletionTimestamp)
  if (deletedAt !== undefined && (memory.cleanUpFailures ?? 0) > 0 && now >= plus(deletedAt, settings.cleanUpWindow)) {
    return { actions: [{ do: 'give-up-clean-up' }], because: 'cleaning up has failed for too long' }
  }
  const { wait } = memory
  if ((memory.cleanUpFailures ?? 0) > 0 && wait !== undefined && now < wait.until)
    return { actions: [], wakeAt: wait.until, because: wait.why }
  return { actions: [{ do: 'clean-up' }], because: 'the challenge is over' }
}

function presentedAt({ challenge }: World): Instant | undefined {
  const { presented, processing, presentedAt: at } = challenge.status ?? {}
  return presented === true && processing === true ? parseRfc3339(at) : undefined
}

function hasFinalizer({ challenge }: World): boolean {
  return challenge.metadata.finalizers?.includes(finalizer.acme) ?? false
}

function rest(because: string): Plan<Action> {
  return { actions: [], because }
}
