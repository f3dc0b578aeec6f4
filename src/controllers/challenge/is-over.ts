import type { Challenge } from '../../crds/challenge.ts'

/** Whether nothing is left to do for a Challenge but to clean up after it: it is decided, or being deleted. */
export function isOver({ metadata, status }: Challenge): boolean {
  const state = status?.state
  return metadata.deletionTimestamp !== undefined || state === 'valid' || state === 'invalid' || state === 'expired' || state === 'errored'
}
