import type { ChallengeSpec } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { Order, OrderAuthorization, OrderChallenge } from '../../crds/order.ts'
import { formatGoDuration, parseGoDuration } from '../../lib/go-duration.ts'
import { computedName } from './computed-name.ts'
import { challengeSpecShape } from './name-shapes.ts'
import { chooseSolver } from './solver-choice.ts'

export type RequiredChallenge =
  | { readonly kind: 'ok'; readonly name: string; readonly spec: Omit<ChallengeSpec, 'key'>; readonly offer: OrderChallenge }
  | { readonly kind: 'none'; readonly why: string }

/** The Challenge that an authorization of an Order needs with the issuer's solvers as they are now, without its key. */
export function requiredChallenge(order: Order, authorization: OrderAuthorization, solvers: readonly AcmeSolver[]): RequiredChallenge {
  const choice = chooseSolver(authorization, solvers, order.metadata)
  if (choice.kind === 'none') return choice
  const spec = {
    url: choice.challenge.url,
    authorizationURL: authorization.url,
    dnsName: authorization.identifier ?? '',
    wildcard: authorization.wildcard === true,
    type: choice.type,
    token: choice.challenge.token,
    solver: canonical(choice.solver),
    issuerRef: order.spec.issuerRef,
  }
  return { kind: 'ok', name: computedName(order.metadata.name, spec, challengeSpecShape), spec, offer: choice.challenge }
}

/** Go writes a duration in one form only, and the name is a hash of what Go writes. */
function canonical(solver: AcmeSolver): AcmeSolver {
  const wait = solver.waitInsteadOfSelfCheck
  const milliseconds = wait === undefined ? undefined : parseGoDuration(wait)
  return milliseconds === undefined ? solver : { ...solver, waitInsteadOfSelfCheck: formatGoDuration(milliseconds) }
}
