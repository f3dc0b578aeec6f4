/**
 * Orders two resourceVersions of one kind: negative when `a` is older, zero when they are the same.
 * They are decimal integers of any length and may be compared as such (KEP-5504, stable in Kubernetes 1.35).
 * An absent one is older than any other.
 */
export function compareResourceVersions(a: string | undefined, b: string | undefined): number {
  const x = withoutLeadingZeros(a)
  const y = withoutLeadingZeros(b)
  if (x.length !== y.length) return x.length - y.length
  return x < y ? -1 : x > y ? 1 : 0
}

function withoutLeadingZeros(version: string | undefined): string {
  if (version === undefined || version === '') return ''
  return version.startsWith('0') ? version.replace(/^0+/, '') : version
}
