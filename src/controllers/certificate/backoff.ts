import { parseRfc3339, plus, type Instant } from '../../lib/instant.ts'
import { requestOfRevision } from './requests.ts'
import type { World } from './world.ts'

/**
 * Until when a failed issuance rests: an hour after the first failure, twice as long after each further one, up to the
 * maximum, but never less than after the first. undefined: nothing has failed, or the spec has changed since the request that failed, which deserves a new try.
 */
export function backoffUntil(world: World): Instant | undefined {
  const { certificate, settings } = world
  const failedAt = parseRfc3339(certificate.status?.lastFailureTime)
  if (failedAt === undefined || settings.minimumBackoff <= 0 || specHasChanged(world)) return undefined
  const failures = Math.max(certificate.status?.failedIssuanceAttempts ?? 1, 1)
  const doubled = Math.min(settings.minimumBackoff * 2 ** Math.min(failures - 1, 50), settings.maximumBackoff)
  return plus(failedAt, Math.max(doubled, settings.minimumBackoff))
}

function specHasChanged({ certificate, requests }: World): boolean {
  const failed = requestOfRevision(requests, (certificate.status?.revision ?? 0) + 1)
  return failed !== undefined && (failed.violations === undefined || failed.violations.length > 0)
}
