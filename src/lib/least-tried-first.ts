/** A line of things that wait for their turn. */
export interface Line<T> {
  /** `tries`: how often it has had its turn before. */
  readonly push: (thing: T, tries: number) => void
  /** What has had the fewest turns, and of these what has waited longest; undefined: nothing waits. */
  readonly take: () => T | undefined
  readonly clear: () => void
}

/** Beyond this, one try more or less makes no difference. */
const MANY = 10

/** However many keep coming back, who is new is not behind them. */
export function leastTriedFirst<T>(): Line<T> {
  const lines: T[][] = []
  return {
    push: (thing, tries) => {
      const line = (lines[Math.min(tries, MANY)] ??= [])
      line.push(thing)
    },
    take: () => lines.find((line) => line !== undefined && line.length > 0)?.shift(),
    clear: () => {
      lines.length = 0
    },
  }
}
