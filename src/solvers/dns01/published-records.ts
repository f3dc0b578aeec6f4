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
  /** Whether another Challenge has put this very value there. */
  readonly isOfAnother: (challenge: Challenge, place: Place) => boolean
  /** This value was taken away for a Challenge: another one that has put it there, perhaps with other credentials, is to do so again. */
  readonly doubt: (challenge: Challenge, place: Place) => void
  readonly forget: (challenge: Challenge) => void
}

type Wanted = Pick<Presentation, 'issuer' | 'solver'>

interface Entry {
  /** undefined: it may be gone. */
  readonly wanted: Wanted | undefined
  readonly places: readonly Place[]
}

/** The oldest are forgotten beyond this: leftovers of Challenges that ended while another replica led. */
const MOST = 20_000

export function publishedRecords(): PublishedRecords {
  const entries = new Map<string, Entry>()
  const othersWith = (challenge: Challenge, { record }: Place): readonly (readonly [string, Entry])[] =>
    [...entries].filter(([uid, { places }]) => uid !== uidOf(challenge) && places.some((known) => isSameValue(known.record, record)))
  return {
    isCurrent: (challenge, wanted) => {
      const entry = entries.get(uidOf(challenge))
      return entry?.wanted !== undefined && isSame(entry.wanted, wanted)
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
    isOfAnother: (challenge, place) =>
      othersWith(challenge, place).some(([, { places }]) => places.some((known) => isSamePlace(known, place))),
    doubt: (challenge, place) => {
      for (const [uid, { places }] of othersWith(challenge, place)) entries.set(uid, { wanted: undefined, places })
    },
    forget: (challenge) => void entries.delete(uidOf(challenge)),
  }
}

function isSame(a: Wanted, b: Wanted): boolean {
  return a.issuer.metadata.uid === b.issuer.metadata.uid && deepEqual(a.solver.dns01, b.solver.dns01)
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.record.name === b.record.name && a.issuer.metadata.uid === b.issuer.metadata.uid && deepEqual(a.dns01, b.dns01)
}

function isSameValue(a: Place['record'], b: Place['record']): boolean {
  return a.name === b.name && a.value === b.value
}

function uidOf({ metadata }: Challenge): string {
  return metadata.uid ?? ''
}
