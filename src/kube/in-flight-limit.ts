/** Lets at most so many run at once; the rest wait in order. */
export interface InFlightLimit {
  /** Resolves when a place is free; call the result exactly once to give it back. Rejects with the signal's reason. */
  readonly enter: (signal: AbortSignal) => Promise<() => void>
  /** How many run now. */
  readonly running: () => number
}

/** A limit of `most` at once, at least one. */
export function inFlightLimit(most: number): InFlightLimit {
  const waiting = new Set<() => void>()
  let running = 0

  function leave(): void {
    const [next] = waiting
    if (next === undefined) {
      running -= 1
      return
    }
    waiting.delete(next)
    next()
  }

  return {
    running: () => running,
    enter: async (signal) => {
      signal.throwIfAborted()
      if (running < Math.max(1, most)) {
        running += 1
        return leave
      }
      await new Promise<void>((resolve, reject) => {
        const granted = (): void => {
          signal.removeEventListener('abort', gaveUp)
          resolve()
        }
        const gaveUp = (): void => {
          waiting.delete(granted)
          reject(signal.reason as Error)
        }
        waiting.add(granted)
        signal.addEventListener('abort', gaveUp, { once: true })
      })
      return leave
    },
  }
}
