import type { Challenge } from '../../crds/challenge.ts'
import type { Dns01Solver } from '../../crds/dns01-solver.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import { isWithin, normalName } from '../../dns/name.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Presentation } from '../solver.ts'
import type { TxtRecord } from './dns-provider.ts'
import { findZone, followCnames } from './find-zone.ts'

/** Where the record of a Challenge goes, and with whose credentials. */
export interface Place {
  readonly record: TxtRecord
  readonly issuer: AnyIssuer
  readonly dns01: Dns01Solver
  /** Whether the provider can tell when all of its servers have the record; known once it has been published. */
  readonly tellsWhenSettled?: boolean
}

/** Looks up where the record goes. Throws an `OperatorError` when DNS does not tell. */
export async function placeOf(
  { challenge, issuer, solver }: Presentation,
  dns01: Dns01Solver,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Place> {
  const dnsName = normalName(challenge.spec.dnsName)
  const asked = challengeName(challenge)
  const name = dns01.cnameStrategy === 'Follow' ? await followCnames(resolver, asked, signal) : asked
  const zone = await findZone(resolver, name, signal)
  const record = { name, zone, value: challenge.spec.key, dnsName }
  return { record, issuer, dns01: name === asked ? dns01 : (solverOfTarget(issuer.spec.acme?.solvers ?? [], solver, name) ?? dns01) }
}

/** Where the CA looks (RFC 8555 §8.4); the same for a name and its wildcard. */
export function challengeName({ spec }: Challenge): string {
  return `_acme-challenge.${normalName(spec.dnsName)}`
}

/**
 * The solver for the zone that a CNAME leads into, where the issuer has one whose `dnsZones` fit the target better than those of the
 * solver that was chosen for the name. One that is for certain names or labels only is left alone.
 */
export function solverOfTarget(solvers: readonly AcmeSolver[], chosen: AcmeSolver, target: string): Dns01Solver | undefined {
  const others = solvers.filter(({ selector }) => {
    const { dnsNames = [], matchLabels = {} } = selector ?? {}
    return dnsNames.length === 0 && Object.keys(matchLabels).length === 0
  })
  const fits = others
    .map(({ dns01, selector }) => ({ dns01, fit: fitOf(selector?.dnsZones, target) }))
    .filter(({ dns01, fit }) => dns01 !== undefined && fit > fitOf(chosen.selector?.dnsZones, target))
  return fits.toSorted((a, b) => b.fit - a.fit)[0]?.dns01
}

/** The length of the longest zone that holds the name; 0: none does. */
function fitOf(zones: readonly string[] = [], name: string): number {
  return Math.max(0, ...zones.map(normalName).map((zone) => (isWithin(zone, name) ? zone.length : 0)))
}
