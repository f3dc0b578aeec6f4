type Json = unknown

/**
 * The RFC 7386 merge patch that turns `before` into `after`; undefined when they say the same.
 * Arrays are replaced whole; a key that is undefined, null or missing means the same on both sides (RFC 7386 §1: null removes).
 */
export function mergePatch(before: object | undefined, after: object): object | undefined {
  const old = entriesOf(before ?? {})
  const next = entriesOf(after)
  const changed: [string, Json][] = []
  for (const [key, value] of next) {
    const previous = old.get(key)
    if (isPlain(value) && isPlain(previous)) {
      const inner = mergePatch(previous, value)
      if (inner !== undefined) changed.push([key, inner])
    } else if (!isSame(previous, value)) {
      changed.push([key, withoutGaps(value)])
    }
  }
  for (const key of old.keys()) {
    if (!next.has(key)) changed.push([key, null])
  }
  return changed.length === 0 ? undefined : Object.fromEntries(changed)
}

/** Whether two JSON values say the same; undefined, null and missing members are equal. */
export function isSame(a: Json, b: Json): boolean {
  if (a === b) return true
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b)
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isSame(item, b[at]))
  if (!isPlain(a) || !isPlain(b)) return false
  const x = entriesOf(a)
  const y = entriesOf(b)
  if (x.size !== y.size) return false
  for (const [key, value] of x) {
    if (!y.has(key) || !isSame(value, y.get(key))) return false
  }
  return true
}

/** The members that are there. `Object.entries` and `fromEntries` keep a member named `__proto__` a plain member. */
function entriesOf(value: object): Map<string, Json> {
  return new Map(Object.entries(value).filter(([, member]) => !isAbsent(member)))
}

function withoutGaps(value: Json): Json {
  return isPlain(value) ? Object.fromEntries([...entriesOf(value)].map(([key, member]) => [key, withoutGaps(member)])) : value
}

function isAbsent(value: Json): value is null | undefined {
  return value === undefined || value === null
}

function isPlain(value: Json): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
