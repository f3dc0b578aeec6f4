import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { Order, OrderAuthorization } from '../../crds/order.ts'
import { conditionType, issuerReason } from '../../crds/reasons.ts'
import type { IssuerListers } from '../../issuers/find-issuer.ts'
import type { FoundIssuer } from '../../issuers/acme/find-issuer.ts'
import { findAcmeIssuer } from '../../issuers/acme/find-issuer.ts'
import { isOfOtherAccount } from '../../issuers/acme/order-for.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import { requiredChallenge } from '../../issuers/acme/required-challenge.ts'
import type { Index, Lister } from '../../kube/lister.ts'
import { rememberedCsr } from '../../pki/remembered-csr.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import { nameOf } from '../../runtime/object-key.ts'
import { isOrdered } from './ordered-identifiers.ts'
import { isWanted, type RequestListers } from './is-wanted.ts'
import type { AuthorizationView, ChallengeView, OrderMemory, World } from './world.ts'

export interface OrderReads extends IssuerListers, RequestListers {
  readonly orders: Lister<Order>
  /** Challenges by the UID of the Order that controls them. */
  readonly challengesOf: Index<Challenge>
  readonly recall: (order: Order) => OrderMemory
}

/** Everything about one Order from the caches; undefined when it is gone or going. */
export function observe(reads: OrderReads, key: ObjectKey): World | undefined {
  const order = reads.orders.get(nameOf(key))
  if (order === undefined || order.metadata.deletionTimestamp !== undefined) return undefined
  const found = issuerOf(reads, order)
  const challenges = reads.challengesOf(order.metadata.uid ?? '').map(viewOf)
  return {
    order,
    isWanted: isWanted(reads, order),
    issuer: issuerView(order, found),
    csr: csrOf(order),
    authorizations: (order.status?.authorizations ?? []).map((authorization) =>
      authorizationView(order, authorization, { found, challenges }),
    ),
    challenges,
    memory: reads.recall(order),
  }
}

/** The issuer that an Order refers to. */
export function issuerOf(reads: IssuerListers, order: Order): FoundIssuer {
  return findAcmeIssuer(order.spec.issuerRef, order.metadata.namespace ?? '', reads)
}

function issuerView(order: Order, found: FoundIssuer): World['issuer'] {
  if (found.kind === 'missing') return { kind: 'waiting', why: found.why }
  const { kind, metadata, status } = found.issuer
  const name = `${kind} ${metadata.name}`
  if ((status?.acme?.uri ?? '') === '') return { kind: 'waiting', why: `${name} has no ACME account yet` }
  // Whoever asked for it makes another one.
  if (isOfOtherAccount(order, found.issuer)) return { kind: 'waiting', why: `${name} has another ACME account now` }
  return accountFailed(found.issuer)
    ? { kind: 'waiting', why: `${name} has an ACME account that the CA does not serve` }
    : { kind: 'ready' }
}

function accountFailed({ status }: AnyIssuer): boolean {
  const reasons: readonly (string | undefined)[] = [issuerReason.registerAccountFailed, issuerReason.verifyAccountFailed]
  return (status?.conditions ?? []).some(
    ({ type, status: is, reason }) => type === conditionType.ready && is === 'False' && reasons.includes(reason),
  )
}

/** Older objects hold the CSR as bare DER. */
function csrOf({ spec }: Order): World['csr'] {
  const reading = rememberedCsr(spec.request)
  return reading.kind === 'ok' ? { kind: 'ok', der: reading.csr.der } : reading
}

function authorizationView(
  order: Order,
  authorization: OrderAuthorization,
  { found, challenges }: { readonly found: FoundIssuer; readonly challenges: readonly ChallengeView[] },
): AuthorizationView {
  const { url, identifier = '', initialState } = authorization
  if (identifier === '') return { kind: 'unread', url }
  if (initialState === 'valid' || challenges.some((challenge) => challenge.authorizationUrl === url && challenge.state === 'valid')) {
    return { kind: 'proved', identifier }
  }
  if (initialState === 'invalid' || initialState === 'expired') {
    return { kind: 'lost', identifier, why: `The authorization for ${identifier} was ${initialState} at the CA from the start` }
  }
  // Whoever may order one name through us is not to have another one proved, at the wish of the CA.
  if (!isOrdered(order.spec, identifier)) {
    return { kind: 'lost', identifier, why: `The CA wants control of ${identifier} proved, which the order does not ask for` }
  }
  return needView(order, authorization, found.kind === 'ok' ? (found.acme.solvers ?? []) : [])
}

function needView(order: Order, authorization: OrderAuthorization, solvers: readonly AcmeSolver[]): AuthorizationView {
  const { url, identifier = '' } = authorization
  const required = requiredChallenge(order, authorization, solvers)
  if (required.kind === 'none') return { kind: 'unsolvable', identifier, why: `Control of ${identifier} cannot be proved: ${required.why}` }
  return { kind: 'needs', identifier, url, challengeName: required.name }
}

function viewOf({ metadata, spec, status }: Challenge): ChallengeView {
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    authorizationUrl: spec.authorizationURL,
    identifier: spec.dnsName,
    state: status?.state,
    reason: status?.reason ?? '',
    isDeleting: metadata.deletionTimestamp !== undefined,
    isCleanedUp: (metadata.finalizers ?? []).length === 0,
  }
}
