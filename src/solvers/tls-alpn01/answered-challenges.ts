import type { Challenge } from '../../crds/challenge.ts'
import type { Informer } from '../../kube/lister.ts'
import { serverNameOf } from './server-name.ts'

export interface AnsweredChallenges {
  /**
   * The one Challenge for which a connection with this server name is answered. The CA does not say which token it checks, so there can
   * be one at a time only: the one that was presented first.
   */
  readonly of: (serverName: string) => Challenge | undefined
  /** The Challenge for this server name with this UID, as long as it is not over. */
  readonly underWay: (serverName: string, uid: string) => Challenge | undefined
}

/** Finds it in the Challenge cache. Adds an index: make it before the informers start. */
export function answeredChallenges({ challenges }: { readonly challenges: Informer<Challenge> }): AnsweredChallenges {
  const byServerName = challenges.index(({ spec }) => (spec.type === 'TLS-ALPN-01' ? [serverNameOf(spec.dnsName) ?? ''] : []))
  return {
    of: (serverName) => {
      const [first, ...others] = byServerName(serverName).filter(isAnswerable)
      return first === undefined ? undefined : others.reduce((a, b) => (rankOf(b) < rankOf(a) ? b : a), first)
    },
    underWay: (serverName, uid) => byServerName(serverName).find((challenge) => challenge.metadata.uid === uid && isUnderWay(challenge)),
  }
}

function isUnderWay({ status, metadata }: Challenge): boolean {
  return metadata.deletionTimestamp === undefined && (status?.state ?? 'pending') === 'pending'
}

/** Only what our own Challenge controller has presented and can be a key authorization (RFC 8555 §8.1). */
function isAnswerable({ spec, status, metadata }: Challenge): boolean {
  const [token, thumbprint, ...rest] = spec.key.split('.')
  return (
    status?.presented === true &&
    token === spec.token &&
    rest.length === 0 &&
    /^[A-Za-z0-9_-]{43}$/.test(thumbprint ?? '') &&
    metadata.ownerReferences?.some(({ kind, controller }) => kind === 'Order' && controller === true) === true
  )
}

/** Times are RFC 3339 with whole seconds, so their texts sort as they do. */
function rankOf({ status, metadata }: Challenge): string {
  return [status?.presentedAt, metadata.creationTimestamp, metadata.uid].join(' ')
}
