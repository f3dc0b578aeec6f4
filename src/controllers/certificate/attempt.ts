import type { Instant } from '../../lib/instant.ts'
import { plus } from '../../lib/instant.ts'
import { conditionType } from '../../crds/reasons.ts'
import { nextKeySecretName } from './names.ts'
import type { World } from './world.ts'

/** Whether an issuance is under way, whoever started it. */
export function isIssuing(world: World): boolean {
  return issuingCondition(world)?.status === 'True'
}

/** The condition Issuing; undefined without one. */
export function issuingCondition(world: World) {
  return world.certificate.status?.conditions?.find((condition) => condition.type === conditionType.issuing)
}

/** The revision that an issuance now would bring. */
export function nextRevision(world: World): number {
  return (world.certificate.status?.revision ?? 0) + 1
}

/** The name for the key of this attempt; another one when `taken` belongs to somebody else. */
export function nextKeyName(world: World, taken?: string): string {
  const { metadata, status } = world.certificate
  return nextKeySecretName({
    certificateName: metadata.name,
    certificateUid: metadata.uid ?? '',
    revision: nextRevision(world),
    failures: status?.failedIssuanceAttempts ?? 0,
    taken,
  })
}

/** The moment at which Ready has to turn False, while it is still ahead. */
export function expiry({ stored }: World, now: Instant): Instant | undefined {
  const notAfter = stored?.pair.kind === 'ok' ? stored.pair.leaf.notAfter : undefined
  return notAfter !== undefined && now <= notAfter ? plus(notAfter, 1) : undefined
}
