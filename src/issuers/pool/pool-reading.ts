import type { ClusterIssuerPool, IssuerPool, MoveOnCause, PoolMemberReference } from '../../crds/issuer-pool.ts'
import type { IssuerReference } from '../../crds/references.ts'
import { clusterIssuerPools, issuerPools } from '../../crds/resources.ts'
import type { Lister } from '../../kube/lister.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { HOUR, MINUTE, parseRfc3339, type Instant } from '../../lib/instant.ts'
import { readIssuer, type IssuerReading, type IssuerSources } from '../issuer-reading.ts'
import type { MemberName } from './member-record.ts'

export type AnyIssuerPool = IssuerPool | ClusterIssuerPool

/** A pool as whoever wants to sign with it finds it. */
export interface PoolReading extends PoolRules {
  /** Kind and name, for messages. */
  readonly what: string
  /** In the order of the spec. */
  readonly members: readonly PoolMember[]
}

/** When a request moves on, and when an issuer is asked again. Milliseconds. */
export interface PoolRules {
  readonly moveOn: readonly MoveOnCause[]
  readonly maxWait: number
  readonly comeBackAfter: number
}

export interface PoolMember extends MemberName {
  readonly reading: IssuerReading
  /** Not Ready since then, as the status of the pool says. */
  readonly notReadySince: Instant | undefined
  /** New requests leave it alone until then. */
  readonly heldDownUntil: Instant | undefined
}

export interface PoolSources extends IssuerSources {
  readonly issuerPools: Lister<IssuerPool>
  readonly clusterIssuerPools: Lister<ClusterIssuerPool>
}

/** Whether a reference names a pool of ours, and not an issuer. */
export function isPoolReference({ group, kind }: IssuerReference): boolean {
  return group === issuerPools.group && (kind === issuerPools.kind || kind === clusterIssuerPools.kind)
}

/** The pool that a reference in `namespace` means; undefined when there is none. */
export function findPool(
  { kind, name }: IssuerReference,
  namespace: string,
  sources: Omit<PoolSources, keyof IssuerSources>,
): AnyIssuerPool | undefined {
  return kind === clusterIssuerPools.kind ? sources.clusterIssuerPools.get({ name }) : sources.issuerPools.get({ namespace, name })
}

/** A pool with what is known of its issuers. */
export function readPool(pool: AnyIssuerPool, sources: IssuerSources): PoolReading {
  return {
    what: `${pool.kind} ${JSON.stringify(pool.metadata.name)}`,
    members: pool.spec.issuers.map((member) => memberOf(pool, member, sources)),
    ...poolRules(pool),
  }
}

/** The rules of a pool, with their defaults. */
export function poolRules({ spec }: AnyIssuerPool): PoolRules {
  return {
    moveOn: spec.moveOn ?? ['Outage', 'RateLimit', 'Refusal'],
    maxWait: parseGoDuration(spec.maxWait ?? '') ?? 5 * MINUTE,
    comeBackAfter: parseGoDuration(spec.comeBackAfter ?? '') ?? HOUR,
  }
}

/** A member as an `issuerRef` names it. */
export function referenceTo({ kind, name }: MemberName): IssuerReference {
  return { group: 'cert-manager.io', kind, name }
}

/** For messages. */
export function describeMember({ kind, name }: MemberName): string {
  return `${kind} ${JSON.stringify(name)}`
}

function memberOf(pool: AnyIssuerPool, { kind, name }: PoolMemberReference, sources: IssuerSources): PoolMember {
  const known = pool.status?.members?.find((member) => member.kind === kind && member.name === name)
  return {
    kind,
    name,
    reading: readIssuer(referenceTo({ kind, name }), pool.metadata.namespace, sources),
    notReadySince: known?.health === 'NotReady' ? parseRfc3339(known.since) : undefined,
    heldDownUntil: known?.health === 'HeldDown' ? parseRfc3339(known.until) : undefined,
  }
}
