export interface ReconnectDelay {
  /** Milliseconds to wait before the next try. */
  readonly next: () => number
  readonly reset: () => void
}

/**
 * Decorrelated jitter: each wait is drawn between the shortest and three times the one before, up to the longest. After an outage
 * the watches of all replicas come back spread out.
 */
export function reconnectDelay(random: () => number, shortest = 100, longest = 30_000): ReconnectDelay {
  let last = shortest
  return {
    next: () => {
      last = Math.min(longest, shortest + random() * (last * 3 - shortest))
      return last
    },
    reset: () => {
      last = shortest
    },
  }
}
