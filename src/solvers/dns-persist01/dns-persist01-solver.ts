import type { PersistentRecord } from '../../acme/persistent-record.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { ResolverAt } from '../../dns/resolvers.ts'
import { DNS_PERSIST01_IS_OFF } from '../../issuers/acme/persistent-record-condition.ts'
import type { Clock } from '../../lib/clock.ts'
import { deadlineOf } from '../../lib/deadline.ts'
import type { Instant } from '../../lib/instant.ts'
import { MINUTE, SECOND } from '../../lib/instant.ts'
import { lookForRecord } from '../dns01/self-check.ts'
import type { Presentation, SelfCheckResult, Solver } from '../solver.ts'
import { judgeValues } from './judge-values.ts'

export interface DnsPersist01SolverDeps {
  /** Whether the feature gate is on. */
  readonly isOn: boolean
  /** Whether the authoritative servers of a zone are left alone. */
  readonly isRecursiveOnly: boolean
  readonly resolverAt: ResolverAt
  readonly clock: Clock
}

/**
 * Proves control by a TXT record that a person creates once (draft-ietf-acme-dns-persist). Nothing is written and nothing is taken back: the
 * operator says which record it needs, and asks the CA as soon as it can be seen.
 */
export function dnsPersist01Solver(deps: DnsPersist01SolverDeps): Solver {
  return {
    // A person is waited for, who may take a day.
    longestPause: MINUTE,
    unsupported: () => (deps.isOn ? undefined : DNS_PERSIST01_IS_OFF),
    isPresented: () => true,
    present: ({ challenge: { spec } }) =>
      Promise.resolve({
        kind: 'presented',
        note: `Control of ${spec.dnsName} is to be proved by a TXT record with the value "${spec.key}"`,
      }),
    selfCheck: (presentation, signal) => check(deps, presentation, signal),
    leavesTraces: () => false,
    stands: () => false,
    cleanUp: () => Promise.resolve(),
  }
}

async function check(deps: DnsPersist01SolverDeps, { record }: Presentation, signal: AbortSignal): Promise<SelfCheckResult> {
  if (record === undefined) return { kind: 'failed', why: 'it is not known which TXT record the CA wants', isInconclusive: true }
  const resolver = deps.resolverAt([])
  const now = deps.clock.now()
  const judge = (values: readonly string[], name: string) => judgeValues(values, name, record, now)
  const look = { sought: { name: record.name, judge }, publishedAt: undefined, resolver, isRecursiveOnly: deps.isRecursiveOnly }
  const seen = await lookForRecord(look, signal)
  if (seen.kind === 'passed') return seen

  const cover = seen.isInconclusive ? undefined : await coverOf(record, resolver, { now, signal })
  const hint = cover === undefined ? '' : `; ${cover.name} covers it if the CA looks there, which not every CA does`
  const why = `create the TXT record ${record.name} with the value "${record.value}"; so far, ${seen.why}${hint}`
  return { kind: 'failed', why, isInconclusive: seen.isInconclusive || cover !== undefined }
}

/** Draft 02 §6: a record with policy=wildcard of a name above may be enough for the CA. */
async function coverOf(
  { above }: PersistentRecord,
  resolver: Resolver,
  { now, signal }: { readonly now: Instant; readonly signal: AbortSignal },
): Promise<PersistentRecord | undefined> {
  const { signal: deadline, end } = deadlineOf(signal, COVER_WITHIN)
  const found = await Promise.all(
    above.map(async (record) => {
      const values = await txtValues(resolver, record.name, deadline)
      return judgeValues(values, record.name, record, now) === undefined ? record : undefined
    }),
  ).finally(end)
  return found.find((record) => record !== undefined)
}

/** None when they cannot be had: they only sharpen what is said. */
async function txtValues(resolver: Resolver, name: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { answers } = await resolver.ask({ name, type: 'TXT' }, signal)
    return answers.flatMap((record) => (record.type === 'TXT' ? [record.value] : []))
  } catch {
    return []
  }
}

const COVER_WITHIN = 5 * SECOND
