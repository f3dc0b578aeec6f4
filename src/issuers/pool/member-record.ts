import type { CertificateRequestCondition } from '../../crds/certificate-request.ts'
import type { MoveOnCause } from '../../crds/issuer-pool.ts'
import { parseRfc3339, type Instant } from '../../lib/instant.ts'

/** How a CertificateRequest stands with one issuer of its pool. */
export interface MemberRecord {
  readonly member: MemberName
  readonly state: 'asked' | 'hindered' | 'passed-over'
  /** Of what hinders it, or made the request move on. */
  readonly cause: MoveOnCause | undefined
  readonly message: string
  /** Since when it is in this state. */
  readonly since: Instant | undefined
}

export interface MemberName {
  readonly kind: 'Issuer' | 'ClusterIssuer'
  readonly name: string
}

const PREFIX = 'certwright.dev/'
const statusOf = { asked: 'True', hindered: 'Unknown', 'passed-over': 'False' } as const
const causes: readonly MoveOnCause[] = ['Outage', 'RateLimit', 'Refusal', 'Validation']

/**
 * The records on a request, one condition each: `certwright.dev/<kind>.<name>` is True while that issuer is asked, Unknown while it cannot
 * answer, False once it was passed over. In the status, because users may not write that: what stands there decides for others too.
 */
export function memberRecords(conditions: readonly CertificateRequestCondition[] | undefined): readonly MemberRecord[] {
  return (conditions ?? []).flatMap((condition) => {
    const member = memberIn(condition.type)
    if (member === undefined) return []
    return [
      {
        member,
        state: condition.status === 'True' ? 'asked' : condition.status === 'Unknown' ? 'hindered' : 'passed-over',
        cause: causes.find((cause) => cause === condition.reason),
        message: condition.message ?? '',
        since: parseRfc3339(condition.lastTransitionTime),
      },
    ]
  })
}

/** The condition that holds a record; its time is the writer's business. */
export function memberCondition({ member, state, cause, message }: Omit<MemberRecord, 'since'>) {
  return { type: `${PREFIX}${member.kind}.${member.name}`, status: statusOf[state], reason: cause ?? 'Asked', message }
}

/** The record of that issuer; undefined while it was not asked yet. */
export function recordOf(records: readonly MemberRecord[], member: MemberName): MemberRecord | undefined {
  return records.find((record) => isSameMember(record.member, member))
}

/** The issuer that is asked, or was asked and cannot answer. */
export function currentRecord(records: readonly MemberRecord[]): MemberRecord | undefined {
  return records.find(({ state }) => state !== 'passed-over')
}

/** Whether both name the same issuer. */
export function isSameMember(a: MemberName, b: MemberName): boolean {
  return a.kind === b.kind && a.name === b.name
}

function memberIn(type: string): MemberName | undefined {
  const match = /^certwright\.dev\/(Issuer|ClusterIssuer)\.(.+)$/.exec(type)
  const [, kind, name] = match ?? []
  return (kind === 'Issuer' || kind === 'ClusterIssuer') && name !== undefined ? { kind, name } : undefined
}
