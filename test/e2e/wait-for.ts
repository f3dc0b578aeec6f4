import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_AGAIN_AFTER = 50
const LONGEST_WAIT = 120_000

/**
 * Looks again and again until `look` gives something else than undefined, and returns that. A look that throws counts as not there
 * yet. Throws after `within` milliseconds (default: two minutes, for machines that are slow and busy) with `what` and the last error.
 */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined>, within = LONGEST_WAIT): Promise<T> {
  const giveUpAt = Date.now() + within
  for (;;) {
    let failure: unknown
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      failure = error
    }
    if (Date.now() > giveUpAt) throw new Error(`${what}: not within ${within / 1_000} s`, { cause: failure })
    await sleep(LOOK_AGAIN_AFTER)
  }
}
