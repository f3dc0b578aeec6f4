/** Whether two lists hold the same values the same number of times, in whatever order. */
export function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  const sortedB = b.toSorted()
  return a.toSorted().every((value, at) => value === sortedB[at])
}
