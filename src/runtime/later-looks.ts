import type { Instant } from '../lib/instant.ts'
import type { ObjectKey } from './object-key.ts'
import type { Enqueue, Trigger } from './trigger.ts'

/** Lets an action ask for another look at a time that only its effect could tell, such as a CA's Retry-After. */
export interface LaterLooks {
  readonly trigger: Trigger
  readonly lookAgain: (key: ObjectKey, at: Instant) => void
}

/** Later looks of one controller. Asking while its queue does not run changes nothing: the next start looks at everything. */
export function createLaterLooks(): LaterLooks {
  let enqueue: Enqueue | undefined
  return {
    trigger: (given) => {
      enqueue = given
      return () => {
        enqueue = undefined
      }
    },
    lookAgain: (key, at) => enqueue?.(key, at),
  }
}
