import type { Challenge } from '../../crds/challenge.ts'
import { normalName } from '../../dns/name.ts'
import type { Informer } from '../../kube/lister.ts'
import { boundedMap } from '../../lib/bounded-map.ts'
import type { PresentOutcome } from '../solver.ts'

/** Lets Challenges for one name be presented one after the other, where the provider has no room for the values of more. */
export interface RecordRoom {
  /** Presents the Challenge when no other one is before it. It keeps its place until it leaves, unless it could not be presented. */
  readonly entering: (challenge: Challenge, present: () => Promise<PresentOutcome>) => Promise<PresentOutcome>
  /** Its value has been taken away, or that was tried: one that cannot be must not keep others waiting for good. */
  readonly leave: (challenge: Challenge) => void
}

/** More Challenges than are ever presented at once. */
const MOST = 20_000

/** Rooms by the name that is proved; a wildcard shares that of the name below it. Adds an index: make it before the informers start. */
export function recordRoom(challenges: Informer<Challenge>): RecordRoom {
  const byName = challenges.index(({ spec }) => (spec.type === 'DNS-01' ? [normalName(spec.dnsName)] : []))
  /** What this process knows of a Challenge by its UID, sooner than its status tells. */
  const known = boundedMap<string, 'inside' | 'left'>(MOST)

  const isInside = (challenge: Challenge): boolean => known.get(uidOf(challenge)) === 'inside'
  const isBefore = (other: Challenge, challenge: Challenge): boolean => {
    if (known.get(uidOf(other)) === 'left') return false
    if (isInside(other) || isToBeCleaned(other)) return true
    // Of those that an earlier life of this process has presented, the first goes on.
    return isPresented(other) && (!isPresented(challenge) || rankOf(other) < rankOf(challenge))
  }
  const inWayOf = (challenge: Challenge): Challenge | undefined => {
    if (isInside(challenge)) return undefined
    const others = byName(normalName(challenge.spec.dnsName)).filter((other) => uidOf(other) !== uidOf(challenge))
    return others.find((other) => isBefore(other, challenge))
  }
  return {
    entering: async (challenge, present) => {
      const inWay = inWayOf(challenge)
      if (inWay !== undefined) return { kind: 'waiting', why: whyWaiting(inWay) }
      known.set(uidOf(challenge), 'inside')
      let isDone = false
      try {
        const outcome = await present()
        isDone = outcome.kind === 'presented'
        return outcome
      } finally {
        if (!isDone) known.delete(uidOf(challenge))
      }
    },
    leave: (challenge) => known.set(uidOf(challenge), 'left'),
  }
}

function whyWaiting({ metadata }: Challenge): string {
  return `Challenge ${metadata.namespace ?? ''}/${metadata.name} for the same name comes first: this provider is given one record of a name at a time`
}

function isPresented({ status }: Challenge): boolean {
  return status?.presented === true
}

/** Over, and its value may still be there. */
function isToBeCleaned({ metadata, status = {} }: Challenge): boolean {
  const isDecided = status.state !== undefined && status.state !== 'pending'
  const wasPresented = status.presentedAt !== undefined || status.presented === true
  return wasPresented && (isDecided || metadata.deletionTimestamp !== undefined) && (metadata.finalizers ?? []).length > 0
}

/** Times are RFC 3339 with whole seconds, so their texts sort as they do. */
function rankOf({ status, metadata }: Challenge): string {
  return [status?.presentedAt, metadata.creationTimestamp, metadata.uid].join(' ')
}

function uidOf({ metadata }: Challenge): string {
  return metadata.uid ?? ''
}
