import type { Instant } from '../../lib/instant.ts'

/** Who waits for a limit. Groups take turns, so that one with a thousand in line delays another's first by one place only. */
export interface FairLine {
  /** How many are to be served before this one, which joins the line unless it stands there. */
  readonly placeOf: (waiter: Waiter, now: Instant) => number
  /** It got its turn. */
  readonly serve: (key: string) => void
  /** It was told to ask again then. Those who do not come back are not waited for. */
  readonly expectBack: (key: string, at: Instant) => void
}

export interface Waiter {
  readonly key: string
  readonly group: string
}

/**
 * A line with virtual times, as in fair queueing: each group's next waiter stands one round behind its last one, and rounds are served
 * in turn. `patience` is how long, in milliseconds, somebody who does not come back keeps a place.
 */
export function createFairLine(patience: number): FairLine {
  const places = new Map<string, Place>()
  let round = 0

  const lastRoundOf = (group: string): number => {
    let last = round
    for (const place of places.values()) if (place.group === group && place.round > last) last = place.round
    return last
  }

  const dropTheLost = (now: Instant): void => {
    for (const [key, { backAt }] of places) if (now - backAt > patience) places.delete(key)
  }

  return {
    placeOf: ({ key, group }, now) => {
      dropTheLost(now)
      const place = places.get(key) ?? { group, round: lastRoundOf(group) + 1 }
      places.set(key, { ...place, backAt: now }) // a Map keeps the place of a key that it has: arrival decides within a round
      return placeAmong(places, key, place.round)
    },
    serve: (key) => {
      const place = places.get(key)
      places.delete(key)
      if (place !== undefined) round = Math.max(round, place.round)
    },
    expectBack: (key, at) => {
      const place = places.get(key)
      if (place !== undefined) places.set(key, { ...place, backAt: at })
    },
  }
}

interface Place {
  readonly group: string
  readonly round: number
  readonly backAt: Instant
}

function placeAmong(places: ReadonlyMap<string, Place>, key: string, round: number): number {
  let before = 0
  let isPassed = false
  for (const [other, place] of places) {
    if (other === key) isPassed = true
    else if (place.round < round || (place.round === round && !isPassed)) before += 1
  }
  return before
}
