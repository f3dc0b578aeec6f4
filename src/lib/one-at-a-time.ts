/**
 * Work that many ask for at once and that one doing serves them all, by key: whoever asks while it is under way gets the
 * same answer, its failure included.
 */
export function oneAtATime<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, Promise<T>>()
  return (key, work) => {
    const known = underWay.get(key)
    if (known !== undefined) return known
    const doing = work().finally(() => underWay.delete(key))
    underWay.set(key, doing)
    return doing
  }
}
