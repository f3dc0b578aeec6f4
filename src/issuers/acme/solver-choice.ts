import type { ChallengeSpec } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { OrderAuthorization, OrderChallenge } from '../../crds/order.ts'
import type { ObjectMeta } from '../../crds/resource.ts'
import { gatewayOverrides } from './gateway-overrides.ts'
import { ingressOverrides, type Overridden } from './ingress-overrides.ts'

export type SolverChoice =
  | { readonly kind: 'ok'; readonly solver: AcmeSolver; readonly type: ChallengeSpec['type']; readonly challenge: OrderChallenge }
  | { readonly kind: 'none'; readonly why: string }

/**
 * The solver of the issuer for one authorization of an Order, and the challenge that it can answer. A selector that names the DNS
 * name wins over one with the longer zone, over one with more labels, over the earlier place in the list; labels are the Order's.
 */
export function chooseSolver(authorization: OrderAuthorization, solvers: readonly AcmeSolver[], order: ObjectMeta): SolverChoice {
  const identifier = authorization.identifier ?? ''
  const name = authorization.wildcard === true ? `*.${identifier}` : identifier
  const candidates = solvers.flatMap((solver): readonly Candidate[] => {
    const offer = offerFor(solver, authorization)
    const fit = fitOf(solver, name, order.labels ?? {})
    return offer === undefined || fit === undefined ? [] : [{ solver, ...offer, fit }]
  })

  const [first, ...others] = candidates
  if (first === undefined) return { kind: 'none', why: `no solver of the issuer can prove control of ${name}` }
  const best = others.reduce((held, next) => (isCloser(next.fit, held.fit) ? next : held), first)

  if (best.type === 'DNS-PERSIST-01' && (best.challenge.issuerDomainNames ?? []).length === 0) {
    return { kind: 'none', why: `${name} cannot be proved by DNS-PERSIST-01, as ${OFFER_UNUSABLE}` }
  }
  const overridden = overriddenBy(best.solver, order)
  if (overridden.kind === 'contradictory') return { kind: 'none', why: overridden.why }
  return { kind: 'ok', solver: overridden.solver, type: best.type, challenge: best.challenge }
}

const OFFER_UNUSABLE =
  'the CA keeps neither to draft 01 nor to draft 02 of draft-ietf-acme-dns-persist, or means another account than that of the issuer'

function overriddenBy(solver: AcmeSolver, order: ObjectMeta): Overridden {
  const overridden = ingressOverrides(solver, order.annotations ?? {})
  return overridden.kind === 'ok' ? gatewayOverrides(overridden.solver, order) : overridden
}

/** How closely a selector fits: compared from left to right. */
type Fit = readonly [hasName: number, zoneLabels: number, labels: number]

interface Candidate extends Offer {
  readonly solver: AcmeSolver
  readonly fit: Fit
}

interface Offer {
  readonly type: ChallengeSpec['type']
  readonly challenge: OrderChallenge
}

function offerFor(solver: AcmeSolver, authorization: OrderAuthorization): Offer | undefined {
  for (const challenge of authorization.challenges ?? []) {
    // RFC 8555 §8.3: http-01 cannot prove control of a wildcard name.
    if (challenge.type === 'http-01' && solver.http01 !== undefined && authorization.wildcard !== true)
      return { type: 'HTTP-01', challenge }
    // RFC 8737 §3: nor can tls-alpn-01.
    if (challenge.type === 'tls-alpn-01' && solver.tlsALPN01 !== undefined && authorization.wildcard !== true)
      return { type: 'TLS-ALPN-01', challenge }
    if (challenge.type === 'dns-01' && solver.dns01 !== undefined) return { type: 'DNS-01', challenge }
    if (challenge.type === 'dns-persist-01' && solver.dnsPersist01 !== undefined) return { type: 'DNS-PERSIST-01', challenge }
  }
  return undefined
}

function fitOf(solver: AcmeSolver, name: string, labels: Readonly<Record<string, string>>): Fit | undefined {
  const { dnsNames = [], dnsZones = [], matchLabels = {} } = solver.selector ?? {}
  const zoneLabels = Math.max(0, ...dnsZones.map((zone) => sharedLabels(zone, name)))
  if (dnsNames.length > 0 && !dnsNames.includes(name)) return undefined
  if (dnsZones.length > 0 && zoneLabels === 0) return undefined
  if (!Object.entries(matchLabels).every(([key, value]) => labels[key] === value)) return undefined
  return [dnsNames.length > 0 ? 1 : 0, zoneLabels, Object.keys(matchLabels).length]
}

/** The number of labels of `zone` if `name` is the zone or lies in it, else 0. */
function sharedLabels(zone: string, name: string): number {
  const zoneLabels = labelsOf(zone)
  const nameLabels = labelsOf(name)
  const tail = nameLabels.slice(-zoneLabels.length)
  return zoneLabels.length > 0 && tail.join('.') === zoneLabels.join('.') ? zoneLabels.length : 0
}

function labelsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '')
}

function isCloser(a: Fit, b: Fit): boolean {
  const at = a.findIndex((weight, index) => weight !== b[index])
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0)
}
