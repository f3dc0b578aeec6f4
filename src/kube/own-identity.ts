import type { KubeObject, Resource } from '../crds/resource.ts'
import type { Clock } from '../lib/clock.ts'
import { MINUTE, plus, type Instant } from '../lib/instant.ts'
import type { Cluster } from './cluster.ts'
import { KubeApiError } from './kube-api-error.ts'

/** Who somebody is for the API server. */
export interface Identity {
  readonly username?: string
  readonly uid?: string
  readonly groups?: readonly string[]
}

interface SelfSubjectReview extends KubeObject {
  readonly status?: { readonly userInfo?: Identity }
}

const selfSubjectReviews: Resource<SelfSubjectReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
}

const REMEMBERED_FOR = 10 * MINUTE

/**
 * Who this process is for the API server, asked of it every ten minutes at most, as a kubeconfig may change who we are. Empty where it
 * does not say. `extra` is left out: it names the token, which is another one within the hour.
 */
export function ownIdentity({
  cluster,
  clock,
}: {
  readonly cluster: Pick<Cluster, 'create'>
  readonly clock: Clock
}): (signal: AbortSignal) => Promise<Identity> {
  let known: { readonly until: Instant; readonly identity: Promise<Identity> } | undefined
  return (signal) => {
    const now = clock.now()
    if (known !== undefined && now < known.until) return known.identity
    const asked = { until: plus(now, REMEMBERED_FOR), identity: ask(cluster, signal) }
    known = asked
    asked.identity.catch(() => {
      if (known === asked) known = undefined
    })
    return asked.identity
  }
}

async function ask(cluster: Pick<Cluster, 'create'>, signal: AbortSignal): Promise<Identity> {
  try {
    const { status } = await cluster.create(selfSubjectReviews, { metadata: { name: '' } }, { fieldManager: 'certwright' }, signal)
    const { username = '', uid = '', groups = [] } = status?.userInfo ?? {}
    return { ...(username === '' ? {} : { username }), ...(uid === '' ? {} : { uid }), ...(groups.length === 0 ? {} : { groups }) }
  } catch (error) {
    // Before Kubernetes 1.28, and where somebody took the right away that everybody has: to go on without is better than to stand still.
    if (error instanceof KubeApiError && (error.status === 403 || error.status === 404)) return {}
    throw error
  }
}
