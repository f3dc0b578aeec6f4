import type { Clock } from '../lib/clock.ts'
import { SECOND } from '../lib/instant.ts'
import type { Log } from '../runtime/log.ts'
import { isKubeApiError } from './kube-api-error.ts'
import { leases } from './kinds.ts'
import type { Lease, LeaseSpec } from './kinds.ts'
import { pause } from './pause.ts'
import type { Transport } from './transport.ts'

export interface LeaderElectionOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Log
  readonly namespace: string
  readonly name: string
  /** Another one for each process, such as the pod's name and a random part. */
  readonly identity: string
  /** How long others wait for a leader that says nothing. Default 15,000. */
  readonly leaseMs?: number
  /** The leader gives up when it could not renew for so long. Default 10,000. */
  readonly renewWithinMs?: number
  /** Between two tries. Default 2,000. */
  readonly retryMs?: number
  /** Milliseconds that only grow. Default: the process's own. */
  readonly monotonic?: () => number
}

export interface LeaderElection {
  /** Whether we may act right now, by the clock, even when no timer has fired yet (after a freeze). */
  readonly isLeader: () => boolean
  /**
   * Campaigns until `signal` is aborted. Each time the lease is gained `onGained` runs; its signal is aborted when the lease is lost
   * or the process stops, and it must settle then. After a loss it campaigns again. Releases the lease at the end.
   * Rejects only when `onGained` does.
   */
  readonly run: (onGained: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) => Promise<void>
}

/** Campaigns for the Lease and leads while it holds; see `LeaderElection.run`. */
export async function runLeaderElection(
  options: LeaderElectionOptions,
  onGained: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await createLeaderElection(options).run(onGained, signal)
}

/**
 * Leader election on one Lease, compatible with client-go's: the times written in it are for people, what counts is how long ago we
 * saw it change by our own clock, so that clock skew between nodes does no harm.
 */
export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { log, name, namespace, identity } = options
  const now = options.monotonic ?? (() => performance.now())
  const lease = options.leaseMs ?? 15 * SECOND
  const renewWithin = options.renewWithinMs ?? 10 * SECOND
  const retry = options.retryMs ?? 2 * SECOND
  const place = leasePlace(options)
  let seen: { readonly version: string | undefined; readonly at: number } | undefined
  let heldUntil = Number.NEGATIVE_INFINITY

  /** Reads the Lease and takes or renews it when that is due; whether it is ours afterwards. */
  async function tryOnce(signal: AbortSignal): Promise<boolean> {
    // Counted from before the request: by the time others see it, their clock starts later than ours.
    const started = now()
    const current = await place.read(signal)
    if (current?.metadata.resourceVersion !== seen?.version || seen === undefined) {
      seen = { version: current?.metadata.resourceVersion, at: now() }
    }
    if (current !== undefined && !mayTake(current.spec ?? {}, now() - seen.at)) {
      if (heldUntil > now()) heldUntil = Number.NEGATIVE_INFINITY // somebody else has written himself in
      return false
    }
    const written = await place.write(current, held(current?.spec), signal)
    seen = { version: written.metadata.resourceVersion, at: now() }
    heldUntil = started + renewWithin
    return true
  }

  function mayTake(spec: LeaseSpec, unchangedFor: number): boolean {
    const holder = spec.holderIdentity ?? ''
    if (holder === '' || holder === identity) return true
    // A leader of another make may have chosen a longer lease than ours.
    return unchangedFor > Math.max(lease, (spec.leaseDurationSeconds ?? 0) * SECOND)
  }

  function held(before: LeaseSpec | undefined): LeaseSpec {
    const at = microTime(options.clock.now())
    const isOurs = before?.holderIdentity === identity
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(lease / SECOND),
      acquireTime: isOurs ? (before.acquireTime ?? at) : at,
      renewTime: at,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (isOurs || before === undefined ? 0 : 1),
    }
  }

  /** `tryOnce` that takes at most `within`, and for which any failure is a no. */
  async function attempt(within: number, signal: AbortSignal): Promise<boolean> {
    if (within <= 0) return false
    const limited = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(within))])
    try {
      return await tryOnce(limited)
    } catch (error) {
      if (signal.aborted) return false
      const why = limited.aborted ? 'no answer in time' : error instanceof Error ? error.message : String(error)
      // Two candidates that write at once: one of them meets a conflict, and that is how it is meant to be.
      const line = isKubeApiError(error, 'Conflict') || isKubeApiError(error, 'AlreadyExists') ? log.debug : log.warn
      line({ lease: name, namespace, why }, 'could not take or renew the lease')
      return false
    }
  }

  async function campaign(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await attempt(renewWithin, signal)) return
      await pause(retry * (1 + Math.random() * 0.2), signal).catch(() => {})
    }
  }

  /** Renews until the lease is lost or `done`; resolves then. */
  async function keep(done: AbortSignal): Promise<void> {
    while (!done.aborted) {
      await pause(Math.min(retry, Math.max(0, heldUntil - now())), done).catch(() => {})
      if (done.aborted) return
      if (now() >= heldUntil) return
      // A single try may not eat up the time of the next ones: a dead connection is noticed only by its end.
      await attempt(Math.min(heldUntil - now(), Math.max(retry, renewWithin / 3)), done)
      if (now() >= heldUntil) return
    }
  }

  async function lead(onGained: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const term = new AbortController()
    const finished = new AbortController()
    const stop = (): void => term.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    log.info({ lease: name, namespace, identity }, 'gained the lease')
    const work = onGained(term.signal).finally(() => finished.abort())
    const renewal = keep(finished.signal).then(() => {
      heldUntil = finished.signal.aborted ? heldUntil : Number.NEGATIVE_INFINITY
      if (!finished.signal.aborted && !term.signal.aborted) log.warn({ lease: name, namespace, identity }, 'lost the lease')
      term.abort(new Error('the lease was lost'))
    })
    try {
      await work
    } finally {
      signal.removeEventListener('abort', stop)
      await renewal
      await release()
    }
  }

  /** Lets the next one in at once. Best effort: others take over anyway when the lease runs out. */
  async function release(): Promise<void> {
    const isHeld = heldUntil > now()
    heldUntil = Number.NEGATIVE_INFINITY
    if (!isHeld) return
    const limited = AbortSignal.timeout(retry)
    try {
      const current = await place.read(limited)
      if (current?.spec?.holderIdentity !== identity) return
      await place.write(
        current,
        { ...current.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(options.clock.now()) },
        limited,
      )
      log.info({ lease: name, namespace, identity }, 'released the lease')
    } catch (error) {
      log.warn({ lease: name, namespace, why: error instanceof Error ? error.message : String(error) }, 'could not release the lease')
    }
  }

  return {
    isLeader: () => now() < heldUntil,
    run: async (onGained, signal) => {
      while (!signal.aborted) {
        await campaign(signal)
        if (signal.aborted) {
          await release()
          return
        }
        await lead(onGained, signal)
      }
    },
  }
}

interface LeasePlace {
  readonly read: (signal: AbortSignal) => Promise<Lease | undefined>
  /** Creates it, or replaces `current` provided that nobody else has meanwhile. */
  readonly write: (current: Lease | undefined, spec: LeaseSpec, signal: AbortSignal) => Promise<Lease>
}

function leasePlace({ transport, namespace, name }: LeaderElectionOptions): LeasePlace {
  return {
    read: async (signal) => {
      try {
        return (await transport.request({ verb: 'get', resource: leases, namespace, name, isUrgent: true }, signal)) as Lease
      } catch (error) {
        if (isKubeApiError(error, 'NotFound')) return undefined
        throw error
      }
    },
    write: async (current, spec, signal) => {
      const metadata = current === undefined ? { namespace, name } : current.metadata
      const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
      return (await transport.request(
        current === undefined
          ? { verb: 'create', resource: leases, namespace, body, isUrgent: true }
          : { verb: 'update', resource: leases, namespace, name, body, isUrgent: true },
        signal,
      )) as Lease
    },
  }
}

/** metav1.MicroTime: exactly six digits. */
function microTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z')
}
