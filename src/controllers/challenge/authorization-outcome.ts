import { describeProblem } from '../../acme/acme-error.ts'
import type { AcmeChallenge, Authorization } from '../../acme/authorization.ts'
import type { Instant } from '../../lib/instant.ts'

export type AuthorizationOutcome =
  | { readonly kind: 'over'; readonly state: 'valid' | 'invalid' | 'expired' | 'errored'; readonly reason: string }
  /** `isUntouched`: the CA has not begun to check. */
  | { readonly kind: 'under-way'; readonly isUntouched: boolean; readonly retryAfter: Instant | undefined }

/** What an authorization says about one of its challenges. `refusal`: what the CA said when it was told that we are ready. */
export function authorizationOutcome(
  authorization: Authorization,
  challengeUrl: string,
  refusal: string | undefined,
): AuthorizationOutcome {
  const challenge = authorization.challenges.find(({ url }) => url === challengeUrl)
  switch (authorization.status) {
    case 'valid':
      return { kind: 'over', state: 'valid', reason: 'The CA has verified control of the name' }
    case 'invalid':
      return { kind: 'over', state: 'invalid', reason: whyInvalid(challenge) }
    case 'expired':
      return { kind: 'over', state: 'expired', reason: 'The authorization expired at the CA before control was proved' }
    case 'deactivated':
    case 'revoked':
      return { kind: 'over', state: 'invalid', reason: `The authorization was ${authorization.status} at the CA` }
    case 'pending':
      return pending(authorization, challenge, refusal)
  }
}

function pending(authorization: Authorization, challenge: AcmeChallenge | undefined, refusal: string | undefined): AuthorizationOutcome {
  if (challenge === undefined)
    return { kind: 'over', state: 'errored', reason: 'The CA no longer lists this challenge in its authorization' }
  // RFC 8555 §7.1.6: the authorization follows, or the CA offers another challenge that we have not chosen.
  if (challenge.status === 'invalid') return { kind: 'over', state: 'invalid', reason: whyInvalid(challenge) }
  const isUntouched = challenge.status === 'pending'
  if (isUntouched && refusal !== undefined) return { kind: 'over', state: 'errored', reason: refusal }
  return { kind: 'under-way', isUntouched, retryAfter: authorization.retryAfter ?? challenge.retryAfter }
}

function whyInvalid(challenge: AcmeChallenge | undefined): string {
  const problem = challenge?.error
  return problem === undefined
    ? 'The CA could not verify control of the name and gave no reason'
    : `The CA could not verify control of the name: ${describeProblem(problem)}`
}
