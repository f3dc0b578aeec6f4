import type { Challenge } from '../../crds/challenge.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import type { Presentation } from '../solver.ts'
import type { Place } from './place.ts'

/**
 * Where this process has put the records of Challenges. After a restart they are published again, which is safe, and not to be
 * avoided: nobody else can tell whether they are still there.
 */
export interface PublishedRecords {
  /** Whether the record was published as the issuer now wants it. */
  readonly isCurrent: (challenge: Challenge, wanted: Wanted) => boolean
  readonly add: (presentation: Presentation, place: Place) => void
  /** In the order in which they were published; more than one when the issuer was changed meanwhile. */
  readonly of: (challenge: Challenge) => readonly Place[]
  readonly forget: (challenge: Challenge) => void
}

type Wanted = Pick<Presentation, 'issuer' | 'solver'>

interface Entry {
  readonly wanted: Wanted
  readonly places: readonly Place[]
}

/** The oldest are forgotten beyond this: leftovers of Challenges that ended while another replica led. */
const MOST = 20_000

export function publishedRecords(): PublishedRecords {
  const entries = new Map<string, Entry>()
  return {
    isCurrent: (challenge, wanted) => {
      const entry = entries.get(uidOf(challenge))
      return entry !== undefined && isSame(entry.wanted, wanted)
    },
    add: ({ challenge, issuer, solver }, place) => {
      const uid = uidOf(challenge)
      const others = (entries.get(uid)?.places ?? []).filter((known) => !isSamePlace(known, place))
      entries.delete(uid)
      entries.set(uid, { wanted: { issuer, solver }, places: [...others, place] })
      const [oldest] = entries.keys()
      if (entries.size > MOST && oldest !== undefined) entries.delete(oldest)
    },
    of: (challenge) => entries.get(uidOf(challenge))?.places ?? [],
    forget: (challenge) => void entries.delete(uidOf(challenge)),
  }
}

function isSame(a: Wanted, b: Wanted): boolean {
  return a.issuer.metadata.uid === b.issuer.metadata.uid && deepEqual(a.solver.dns01, b.solver.dns01)
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.record.name === b.record.name && a.issuer.metadata.uid === b.issuer.metadata.uid && deepEqual(a.dns01, b.dns01)
}

function uidOf({ metadata }: Challenge): string {
  return metadata.uid ?? ''
}
