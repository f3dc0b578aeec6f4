/**
 * Work that must not overlap, by key: each piece begins when those that were asked for before it are over, whatever became of them.
 */
export function inTurn(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const doing = (last.get(key) ?? Promise.resolve()).then(work)
    const over = doing.then(
      () => {},
      () => {},
    )
    last.set(key, over)
    void over.then(() => {
      if (last.get(key) === over) last.delete(key)
    })
    return doing
  }
}
