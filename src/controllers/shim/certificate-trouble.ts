import type { Certificate } from '../../crds/certificate.ts'
import { certificateReason, conditionType, shimEvent } from '../../crds/reasons.ts'
import { controllerReference } from '../../lib/controller-uid.ts'
import { parseRfc3339, plus, SECOND, type Instant } from '../../lib/instant.ts'
import type { WantedCertificate } from './wanted-certificate.ts'
import type { Notice } from './world.ts'

/** An issuer may be applied a moment after what names it. */
const PATIENCE = 5 * SECOND

/** Why a Certificate of ours has not got what it wants; nothing while all goes its way. */
export function certificateTrouble(
  certificate: Certificate,
  issuerProblem: string | undefined,
  now: Instant,
): { readonly notice?: Notice; readonly wakeAt?: Instant } {
  const why = ownTrouble(certificate)
  if (why !== undefined) return { notice: failed(certificate, why) }
  if (issuerProblem === undefined || isReady(certificate)) return {}
  const patientUntil = plus(parseRfc3339(certificate.metadata.creationTimestamp) ?? now, PATIENCE)
  return now < patientUntil ? { wakeAt: patientUntil } : { notice: failed(certificate, issuerProblem) }
}

/** What keeps a Certificate that is not ours from serving: undefined when it has all the names, and writes the Secret. */
export function foreignTrouble(certificate: Certificate, { name, spec }: WantedCertificate): string | undefined {
  const has = new Set([...(certificate.spec.dnsNames ?? []), ...(certificate.spec.ipAddresses ?? [])])
  const lacking = [...(spec.dnsNames ?? []), ...(spec.ipAddresses ?? [])].filter((host) => !has.has(host))
  const writesIt = certificate.spec.secretName === spec.secretName
  if (writesIt && lacking.length === 0) return undefined
  const owner = controllerReference(certificate)
  const whose = owner === undefined ? 'was not made for an Ingress or a Gateway' : `belongs to ${owner.kind} ${JSON.stringify(owner.name)}`
  const what = writesIt ? `lacks ${lacking.join(', ')}` : `writes the Secret ${JSON.stringify(certificate.spec.secretName)}`
  return `Certificate ${JSON.stringify(name)} ${whose} and is left alone, but ${what}: name another Secret, or change that Certificate`
}

function failed({ metadata }: Certificate, why: string): Notice {
  return { reason: shimEvent.certificateFailed, message: `no certificate from Certificate ${JSON.stringify(metadata.name)}: ${why}` }
}

function isReady({ metadata, status }: Certificate): boolean {
  const ready = conditionOf(status, conditionType.ready)
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation
}

function ownTrouble({ status }: Certificate): string | undefined {
  const issuing = conditionOf(status, conditionType.issuing)
  // Where server-side apply is used throughout, the incumbent says so of a success.
  if (issuing?.status === 'False' && issuing.reason !== certificateReason.issued) return issuing.message
  const limited = conditionOf(status, conditionType.limited)
  if (limited?.status === 'True') return limited.message
  const ready = conditionOf(status, conditionType.ready)
  return ready?.status === 'False' && ready.reason === certificateReason.incorrectCertificate ? ready.message : undefined
}

function conditionOf(
  status: Certificate['status'],
  type: string,
): NonNullable<NonNullable<Certificate['status']>['conditions']>[number] | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}
