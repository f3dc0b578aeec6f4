import type { Challenge } from '../../crds/challenge.ts'
import type { Order } from '../../crds/order.ts'
import { orders as orderResource } from '../../crds/resources.ts'
import { challengeKey, recordFor, type AskedProof } from '../../issuers/acme/challenge-key.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import type { IssuerListers } from '../../issuers/find-issuer.ts'
import { findAcmeIssuer } from '../../issuers/acme/find-issuer.ts'
import type { Lister } from '../../kube/lister.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import { nameOf } from '../../runtime/object-key.ts'
import type { Presentation, Solvers } from '../../solvers/solver.ts'
import { isOver } from './is-over.ts'
import { listedIn } from './listed-in.ts'
import type { ChallengeMemory, ChallengeSettings, Claim, SelfCheckView, World } from './world.ts'

export interface ChallengeReads extends IssuerListers {
  readonly challenges: Lister<Challenge>
  readonly orders: Lister<Order>
  readonly clients: AcmeClients
  readonly solvers: Solvers
  readonly settings: ChallengeSettings
  readonly recall: (challenge: Challenge) => ChallengeMemory
  readonly selfCheckOf: (challenge: Challenge) => SelfCheckView
}

/** Everything about one Challenge; undefined when it is gone. */
export async function observe(reads: ChallengeReads, key: ObjectKey, signal: AbortSignal): Promise<World | undefined> {
  const challenge = reads.challenges.get(nameOf(key))
  if (challenge === undefined) return undefined
  const claim = await claimOf(reads, challenge, signal)
  return {
    challenge,
    claim,
    provenance: claim.kind === 'verified' ? claim.presentation : await formerPresentation(reads, challenge, signal),
    isPresented: claim.kind === 'verified' && claim.solver.isPresented(claim.presentation),
    answerer: claim.kind === 'verified' ? claim.solver.answerer?.(claim.presentation) : undefined,
    isStanding: reads.solvers[challenge.spec.type]?.stands(challenge) === true,
    selfCheck: reads.selfCheckOf(challenge),
    memory: reads.recall(challenge),
    settings: reads.settings,
  }
}

async function claimOf(reads: ChallengeReads, challenge: Challenge, signal: AbortSignal): Promise<Claim> {
  const order = orderOf(reads, challenge)
  if (order === undefined) return { kind: 'waiting', why: 'the Order that it is for does not exist' }
  const found = findAcmeIssuer(order.spec.issuerRef, order.metadata.namespace ?? '', reads)
  if (found.kind === 'missing') return { kind: 'waiting', why: found.why }

  const listed = listedIn(order, challenge, found.acme.solvers ?? [])
  if (listed === undefined) return { kind: 'waiting', why: `Order ${order.metadata.name} does not ask for this challenge` }
  // Were the CA told to look now, it would find what stands there taken away. Cleaning up is for whichever solver there is.
  if (!listed.isCurrent && !isOver(challenge))
    return { kind: 'waiting', why: `Order ${order.metadata.name} asks for another solver by now` }
  const solver = reads.solvers[listed.type]
  if (solver === undefined) return { kind: 'unusable', why: `${listed.type} solvers are not supported by this version` }
  const unsupported = solver.unsupported(listed.solver)
  if (unsupported !== undefined) return { kind: 'unusable', why: unsupported }

  const reading = await readKey(reads.clients, { challenge, issuer: found.issuer, solver: listed.solver }, listed.offer, signal)
  if (reading.kind !== 'ok') return reading
  const { presentation } = reading
  const { waitInsteadOfSelfCheck: wait } = listed.solver
  const waitInstead = wait === undefined ? undefined : parseGoDuration(wait)
  return { kind: 'verified', presentation, solver, waitInstead, needsFinalizer: solver.leavesTraces(listed.solver) }
}

/**
 * After its Order is gone, a Challenge is still known by its key, which only the issuer's account could make of its token, and by its
 * solver, which must be one of the issuer's own. So nobody else can point our credentials at anything.
 */
async function formerPresentation(reads: ChallengeReads, challenge: Challenge, signal: AbortSignal): Promise<Presentation | undefined> {
  const { issuerRef, solver: copy, type } = challenge.spec
  if (!isOver(challenge) || type !== 'DNS-01') return undefined
  const found = findAcmeIssuer(issuerRef, challenge.metadata.namespace ?? '', reads)
  if (found.kind === 'missing') return undefined
  const solver = found.acme.solvers?.find(({ dns01 }) => dns01 !== undefined && deepEqual(dns01, copy.dns01))
  if (solver === undefined) return undefined
  const presentation = { challenge, issuer: found.issuer, solver }
  return (await readKey(reads.clients, presentation, undefined, signal)).kind === 'ok' ? presentation : undefined
}

/** By UID: an Order of the same name that was made later is another one. */
function orderOf({ orders }: ChallengeReads, { metadata }: Challenge): Order | undefined {
  const owner = metadata.ownerReferences?.find(({ kind, controller }) => controller === true && kind === orderResource.kind)
  if (owner === undefined || metadata.namespace === undefined) return undefined
  const order = orders.get({ namespace: metadata.namespace, name: owner.name })
  return order?.metadata.uid === owner.uid ? order : undefined
}

type KeyReading = { readonly kind: 'ok'; readonly presentation: Presentation } | Extract<Claim, { readonly kind: 'unusable' | 'waiting' }>

/** The key that is published must be that of the issuer's account: any other one would prove control to somebody else. */
async function readKey(
  clients: AcmeClients,
  presentation: Presentation,
  offer: AskedProof['offer'],
  signal: AbortSignal,
): Promise<KeyReading> {
  const { challenge, issuer } = presentation
  const asked: AskedProof = { spec: challenge.spec, offer }
  try {
    const client = await clients.for(issuer, signal)
    if (challengeKey(asked, issuer, client) !== challenge.spec.key)
      return { kind: 'unusable', why: 'spec.key is not the key authorization of the ACME account of the issuer' }
    const record = recordFor(asked, issuer, client)
    return { kind: 'ok', presentation: record === undefined ? presentation : { ...presentation, record } }
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'acme/noAccount') return { kind: 'waiting', why: error.message }
    throw error
  }
}
