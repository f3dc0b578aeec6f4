import { deadlineOf } from '../../lib/deadline.ts'
import { SECOND } from '../../lib/instant.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { SelfCheckResult } from '../solver.ts'
import { findZone, followCnames } from './find-zone.ts'
import type { ServerView, Sought } from './propagation.ts'
import { viewAtAuthority, viewAtResolvers } from './propagation.ts'

export interface Look {
  /** Where the CA will ask. */
  readonly sought: Sought
  /** Where the record was put; undefined: not known any more. */
  readonly publishedAt: string | undefined
  readonly resolver: Resolver
  /** Whether the authoritative servers are left alone. */
  readonly isRecursiveOnly: boolean
}

/** Servers that do not answer cost seconds each, and who writes a zone may name many. */
const WITHIN = 15 * SECOND

/** Looks for the record as the CA does: through CNAMEs, at every authoritative server. Never throws. */
export async function lookForRecord(look: Look, signal: AbortSignal): Promise<SelfCheckResult> {
  const { signal: deadline, end } = deadlineOf(signal, WITHIN)
  try {
    const name = await followCnames(look.resolver, look.sought.name, deadline)
    return resultOf(await viewsOf(look, { ...look.sought, name }, deadline), strayHint(look, name))
  } catch (error) {
    const why = error instanceof OperatorError ? error.message : `looking for the record took more than ${WITHIN / SECOND} s`
    return { kind: 'failed', why, isInconclusive: true }
  } finally {
    end()
  }
}

async function viewsOf({ resolver, isRecursiveOnly }: Look, sought: Sought, signal: AbortSignal): Promise<readonly ServerView[]> {
  if (isRecursiveOnly) return viewAtResolvers(resolver, sought, signal)
  const views = await viewAtAuthority(resolver, await findZone(resolver, sought.name, signal), sought, signal)
  if (views.some(isSeen)) return views
  // A network that lets no questions out but through its own resolvers.
  const others = await viewAtResolvers(resolver, sought, signal)
  return others.some(isSeen) ? others : views
}

function isSeen({ kind }: ServerView): boolean {
  return kind !== 'unseen'
}

/** Servers that cannot be asked from here say nothing about what the CA sees; one that lacks the record does. */
function resultOf(views: readonly ServerView[], hint: string): SelfCheckResult {
  const lacking = views.filter(({ kind }) => kind === 'lacks')
  if (lacking.length > 0) return { kind: 'failed', why: listOf(lacking) + hint, isInconclusive: false }
  const others = views.filter(({ kind }) => kind !== 'has')
  if (views.length > 0 && others.length === 0) return { kind: 'passed' }
  return { kind: 'failed', why: views.length === 0 ? 'the zone has no name servers' : listOf(others), isInconclusive: true }
}

/** DNS gives the servers in another order each time, and the status is written when the words change. */
function listOf(views: readonly ServerView[]): string {
  return views
    .map(({ why }) => why)
    .toSorted()
    .join('; ')
}

/** The commonest mistake with delegated names. */
function strayHint({ sought, publishedAt }: Look, name: string): string {
  if (publishedAt === undefined || publishedAt === name) return ''
  return `. The record was put at ${publishedAt}, but the CNAME records of ${sought.name} lead to ${name}: set cnameStrategy: Follow in the solver`
}
