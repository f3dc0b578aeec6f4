import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { Order } from '../../crds/order.ts'
import type { AskedProof } from '../../issuers/acme/challenge-key.ts'
import { requiredChallenge } from '../../issuers/acme/required-challenge.ts'
import type { Presentation } from '../../solvers/solver.ts'

export interface Listed {
  readonly type: Challenge['spec']['type']
  readonly solver: Presentation['solver']
  readonly offer: AskedProof['offer']
  /** Whether the Challenge is for the solver that the issuer chooses now; one for an earlier choice is about to be replaced by its Order. */
  readonly isCurrent: boolean
}

/** What the Order and the issuer ask for, if it is this challenge. Neither the solver nor the type is read from the Challenge. */
export function listedIn(order: Order, { metadata, spec }: Challenge, solvers: readonly AcmeSolver[]): Listed | undefined {
  const authorization = order.status?.authorizations?.find(({ url }) => url === spec.authorizationURL)
  if (authorization === undefined || authorization.identifier !== spec.dnsName) return undefined
  const required = requiredChallenge(order, authorization, solvers)
  if (required.kind === 'none') return undefined
  const isSame = required.spec.url === spec.url && required.spec.token === spec.token && required.spec.type === spec.type
  const { type, solver } = required.spec
  return isSame ? { type, solver, offer: required.offer, isCurrent: required.name === metadata.name } : undefined
}
