import type { Challenge } from '../../crds/challenge.ts'
import type { Informer } from '../../kube/lister.ts'
import { tokenIn } from './challenge-path.ts'
import { isHostHeaderOf } from './host-header.ts'

export interface Http01Answers {
  /** The body (text/plain) for a GET of `path` with that Host header; undefined: 404, and nothing tells which part was wrong. */
  readonly answer: (host: string | undefined, path: string) => string | undefined
}

/** Answers the CA out of the Challenge cache. Every replica does, leader or not. Make it before the informers start: it adds an index. */
export function http01Answers({ challenges }: { readonly challenges: Informer<Challenge> }): Http01Answers {
  const challengesByToken = challenges.index(({ spec }) => (spec.type === 'HTTP-01' ? [spec.token] : []))
  return {
    answer: (host, path) => {
      const token = tokenIn(path)
      if (token === undefined) return undefined
      return challengesByToken(token).find((challenge) => isAnswerable(challenge, host ?? ''))?.spec.key
    },
  }
}

/**
 * Only what can be a key authorization (the token and a SHA-256 thumbprint, RFC 8555 §8.1), so that a Challenge somebody forged
 * cannot make the operator say anything else.
 */
function isAnswerable({ spec, metadata }: Challenge, host: string): boolean {
  const [token, thumbprint, ...rest] = spec.key.split('.')
  return (
    token === spec.token &&
    rest.length === 0 &&
    /^[A-Za-z0-9_-]{43}$/.test(thumbprint ?? '') &&
    isHostHeaderOf(host, spec.dnsName) &&
    metadata.ownerReferences?.some(({ kind, controller }) => kind === 'Order' && controller === true) === true
  )
}
