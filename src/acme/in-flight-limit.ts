/** Lets so many pieces of work run at once; the others wait in the order they came. Waiting costs memory, not workers. */
export interface InFlightLimit {
  /** Runs `work` when its turn comes. Aborting while it waits rejects with the signal's reason and starts nothing. */
  readonly run: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>
}

/** At most `limit` at once. */
export function createInFlightLimit(limit: number): InFlightLimit {
  let running = 0
  const waiting = new Set<() => void>() // keeps the order of arrival, and lets one leave from the middle

  function enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (running < limit) {
      running += 1
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        waiting.delete(admit)
        reject(signal.reason)
      }
      waiting.add(admit)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  function exit(): void {
    const next = waiting.values().next().value
    if (next === undefined) {
      running -= 1
      return
    }
    waiting.delete(next) // the place goes straight to the next in line
    next()
  }

  return {
    run: async (work, signal) => {
      await enter(signal)
      try {
        return await work()
      } finally {
        exit()
      }
    },
  }
}
