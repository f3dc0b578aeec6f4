/** Whether a JSON value says all that is wanted of it: objects may have more members, lists must have the same length. */
export function covers(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(actual, wanted)
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(wanted)) return false
  if (Array.isArray(actual) && Array.isArray(wanted)) {
    return actual.length === wanted.length && wanted.every((item, at) => covers(actual[at], item))
  }
  const members = new Map<string, unknown>(Object.entries(actual))
  return Object.entries(wanted).every(([key, value]) => covers(members.get(key), value))
}
