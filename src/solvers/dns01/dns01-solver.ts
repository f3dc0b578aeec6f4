import type { Challenge } from '../../crds/challenge.ts'
import type { Dns01Solver } from '../../crds/dns01-solver.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { ResolverAt } from '../../dns/resolvers.ts'
import { parseServerAddress } from '../../dns/server-address.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import { inTurn } from '../../lib/in-turn.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Presentation, PresentOutcome, SelfCheckResult, Solver } from '../solver.ts'
import type { DnsProvider, ProviderAccess } from './dns-provider.ts'
import type { Place } from './place.ts'
import { challengeName, placeOf } from './place.ts'
import { exactly } from './propagation.ts'
import { chooseProvider } from './providers.ts'
import { publishedRecords } from './published-records.ts'
import type { RecordRoom } from './record-room.ts'
import { lookForRecord } from './self-check.ts'

export interface Dns01SolverDeps {
  readonly accessFor: (issuer: AnyIssuer) => ProviderAccess
  /** Whether the authoritative servers of a zone are left alone. */
  readonly isRecursiveOnly: boolean
  readonly resolverAt: ResolverAt
  /** Longest pause between two looks, in milliseconds. */
  readonly checkRetryPeriod: number
  readonly room: RecordRoom
}

/** Proves control by a TXT record at a DNS provider (RFC 8555 §8.4). What it writes is outside of the cluster, so nothing tells of changes there. */
export function dns01Solver(deps: Dns01SolverDeps): Solver {
  const published = publishedRecords()
  const turn = inTurn()
  // Most APIs replace whole record sets, so that the second of two writers would lose the value of the first.
  const publish = (presentation: Presentation, place: Place, signal: AbortSignal): Promise<void> =>
    turn(place.record.name, async () => {
      const provider = await openAt(deps, place, signal)
      await provider.publish(place.record, signal)
      published.add(presentation, { ...place, tellsWhenSettled: provider.isSettled !== undefined })
    })
  const withdraw = (challenge: Challenge, place: Place, signal: AbortSignal): Promise<void> =>
    turn(place.record.name, async () => {
      // A Challenge that has come after this one, because the issuer was changed, has the same value.
      if (published.isOfAnother(challenge, place)) return
      const provider = await openAt(deps, place, signal)
      await provider.withdraw(place.record, signal)
      published.doubt(challenge, place)
    })
  return {
    longestPause: deps.checkRetryPeriod,
    unsupported,
    isPresented: ({ challenge, issuer, solver }) => published.isCurrent(challenge, { issuer, solver }),
    present: async (presentation, signal): Promise<PresentOutcome> => {
      try {
        const place = await placeFor(deps, presentation, signal)
        const present = async (): Promise<PresentOutcome> => {
          await publish(presentation, place, signal)
          return { kind: 'presented' }
        }
        return await (isNarrow(place) ? deps.room.entering(presentation.challenge, present) : present())
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error
        return { kind: 'waiting', why: error.message, ...(error.retry.kind === 'at' ? { retryAt: error.retry.at } : {}) }
      }
    },
    selfCheck: (presentation, signal) => check(deps, presentation, published.of(presentation.challenge), signal),
    leavesTraces: () => true,
    stands: (challenge) => published.of(challenge).length > 0,
    cleanUp: async (challenge, presentation, signal) => {
      const known = published.of(challenge)
      const withdrawAll = async (): Promise<void> => {
        const places = known.length > 0 ? known : [await formerPlace(deps, challenge, presentation, signal)]
        for (const place of places) await withdraw(challenge, place, signal)
      }
      try {
        await (known.length > 0 || wasPresented(challenge) ? withdrawAll() : ignoringFailure(withdrawAll))
      } finally {
        deps.room.leave(challenge)
      }
      published.forget(challenge)
    },
  }
}

function unsupported({ dns01 }: AcmeSolver): string | undefined {
  if (dns01 === undefined) return 'the solver has no dns01'
  const bad = dns01.nameservers?.find((text) => parseServerAddress(text) === undefined)
  if (bad !== undefined) return `dns01.nameservers: ${JSON.stringify(bad)} is neither address:port nor https://…`
  const choice = chooseProvider(dns01)
  return choice.kind === 'none' ? choice.why : undefined
}

async function placeFor(deps: Dns01SolverDeps, presentation: Presentation, signal: AbortSignal): Promise<Place> {
  const { dns01 } = presentation.solver
  if (dns01 === undefined) throw new OperatorError('dns01/misconfigured', 'the solver has no dns01')
  return placeOf(presentation, dns01, resolverFor(deps, dns01), signal)
}

async function openAt({ accessFor }: Dns01SolverDeps, { dns01, issuer }: Place, signal: AbortSignal): Promise<DnsProvider> {
  const choice = chooseProvider(dns01)
  if (choice.kind === 'none') throw new OperatorError('dns01/misconfigured', choice.why)
  return choice.open(accessFor(issuer), signal)
}

function isNarrow({ dns01 }: Place): boolean {
  const choice = chooseProvider(dns01)
  return choice.kind === 'ok' && choice.isNarrow
}

function resolverFor({ resolverAt }: Dns01SolverDeps, dns01: Dns01Solver): Resolver {
  return resolverAt((dns01.nameservers ?? []).flatMap((text) => parseServerAddress(text) ?? []))
}

async function check(
  deps: Dns01SolverDeps,
  { challenge, solver }: Presentation,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<SelfCheckResult> {
  const dns01 = solver.dns01 ?? {}
  const place = places.at(-1)
  const look = {
    sought: { name: challengeName(challenge), judge: exactly(challenge.spec.key) },
    publishedAt: place?.record.name,
    resolver: resolverFor(deps, dns01),
    // As in cert-manager: who names servers wants these asked.
    isRecursiveOnly: deps.isRecursiveOnly || (dns01.nameservers ?? []).length > 0,
  }
  const seen = await lookForRecord(look, signal)
  // What one server shows us, others of the same address may not show yet.
  const isOpen = seen.kind === 'passed' || seen.isInconclusive
  const settled = isOpen && place?.tellsWhenSettled === true ? await isSettled(deps, place, signal) : undefined
  if (settled === false) return { kind: 'failed', why: 'the DNS provider has not told all of its servers yet', isInconclusive: false }
  return settled === true ? { kind: 'passed' } : seen
}

/** What the provider itself says; undefined: nothing. */
async function isSettled(deps: Dns01SolverDeps, place: Place, signal: AbortSignal): Promise<boolean | undefined> {
  try {
    const provider = await openAt(deps, place, signal)
    return await provider.isSettled?.(place.record, signal)
  } catch {
    // A question that not everybody may ask, and whose answer only sharpens what DNS shows.
    return undefined
  }
}

/** Where the record of a Challenge was put by an earlier life of this process. Throws when that cannot be told. */
async function formerPlace(
  deps: Dns01SolverDeps,
  challenge: Challenge,
  presentation: Presentation | undefined,
  signal: AbortSignal,
): Promise<Place> {
  if (presentation !== undefined) return placeFor(deps, presentation, signal)
  const why = 'the issuer no longer has the solver that published it, or no longer exists; remove the record by hand'
  throw new OperatorError('dns01/unknownPlace', `The TXT record ${challengeName(challenge)} may still be there: ${why}`)
}

function wasPresented({ status }: Challenge): boolean {
  return status?.presented === true || status?.presentedAt !== undefined
}

/** Only a crash between publishing and the note of it can have left something: what cannot be done then must not hold anything up. */
async function ignoringFailure(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
  }
}
