import type { Challenge } from '../../crds/challenge.ts'
import { boundedMap } from '../../lib/bounded-map.ts'
import type { PresentOutcome } from '../solver.ts'
import type { AnsweredChallenges } from './answered-challenges.ts'
import { serverNameOf } from './server-name.ts'

/** Which Challenge has a server name for itself, from before it is presented. */
export interface NameClaims {
  /** The Challenge for the same name that is answered instead, or is about to be. */
  readonly rivalOf: (challenge: Challenge) => Challenge | undefined
  /** Presents a Challenge that has no rival. It keeps the name until it is over, unless it could not be presented. */
  readonly holding: (challenge: Challenge, present: () => Promise<PresentOutcome>) => Promise<PresentOutcome>
}

/** More names than are ever presented at once. */
const MOST = 20_000

/**
 * Whoever has been presented is seen in the cache (`AnsweredChallenges.of`) only after its status was written. Without a claim, a second
 * Challenge for the name would be presented in between, within the same second, and might come before the first one whose proof the CA
 * is looking at already.
 */
export function nameClaims(answered: AnsweredChallenges): NameClaims {
  const holders = boundedMap<string, string>(MOST)
  return {
    rivalOf: (challenge) => {
      const name = nameOf(challenge)
      const holder = holders.get(name)
      const rivals = [answered.of(name), holder === undefined ? undefined : answered.underWay(name, holder)]
      return rivals.find((rival) => rival !== undefined && rival.metadata.uid !== challenge.metadata.uid)
    },
    holding: async (challenge, present) => {
      const name = nameOf(challenge)
      holders.set(name, challenge.metadata.uid ?? '')
      let isPresented = false
      try {
        const outcome = await present()
        isPresented = outcome.kind === 'presented'
        return outcome
      } finally {
        if (!isPresented) holders.delete(name)
      }
    },
  }
}

function nameOf({ spec }: Challenge): string {
  return serverNameOf(spec.dnsName) ?? ''
}
