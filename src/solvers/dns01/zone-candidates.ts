import type { TxtRecord } from './dns-provider.ts'

/**
 * The names that the zone of a record may have at its provider, the likeliest first: the zone that DNS names, then every suffix of the name
 * from the longest. DNS, as asked from inside of a company, may know zones of another cut than the provider, which serves the world.
 */
export function zoneCandidates({ name, zone }: Pick<TxtRecord, 'name' | 'zone'>): readonly string[] {
  const labels = name.split('.')
  // Without top-level domains, which nobody holds there.
  const suffixes = labels.slice(0, -1).map((_label, at) => labels.slice(at).join('.'))
  return [...new Set([zone, ...suffixes])]
}
