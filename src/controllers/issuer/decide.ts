import type { IssuerStatus } from '../../crds/issuer.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import type { Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import { statusAfter } from './status.ts'
import type { World } from './world.ts'

export type Action = { readonly do: 'set-up'; readonly version: string } | { readonly do: 'set-status'; readonly status: IssuerStatus }

/** An issuer is checked when this process sees it first, when it or one of its Secrets changes, and when its check asked for it. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { issuer, last, version } = world
  if (issuer.metadata.deletionTimestamp !== undefined) return { actions: [], because: 'the issuer is being deleted' }
  if (last === undefined) return setUp(version, 'not checked yet', now)
  if (last.version !== version) return setUp(version, 'the issuer or one of its Secrets changed', now)
  const { wakeAt } = last.outcome
  if (wakeAt !== undefined && now >= wakeAt) return setUp(version, 'the check is due again', now)
  const status = statusAfter(issuer, last.outcome, last.at)
  return {
    actions: deepEqual(status, issuer.status ?? {}) ? [] : [{ do: 'set-status', status }],
    because: last.outcome.message,
    ...(wakeAt === undefined ? {} : { wakeAt }),
  }
}

/** Looked at once more when the check is made: its outcome says when the next is due, and may leave nothing to write that would wake us. */
function setUp(version: string, because: string, now: Instant): Plan<Action> {
  return { actions: [{ do: 'set-up', version }], because, wakeAt: now }
}
