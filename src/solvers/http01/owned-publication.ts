import type { Challenge } from '../../crds/challenge.ts'
import type { KubeObject, Resource } from '../../crds/resource.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Presentation, PresentOutcome } from '../solver.ts'
import type { Publication } from './path-publication.ts'
import { controllerUids } from './solver-metadata.ts'

/** A kind of which each Challenge gets one object, in its own namespace. */
export interface OwnedKind<T extends KubeObject, P extends Presentation> {
  readonly resource: Resource<T>
  /** Those labelled `acme.cert-manager.io/http01-solver=true`. */
  readonly informer: Informer<T>
  /** Named by the Challenge and owned by it. */
  readonly wanted: (presentation: P) => New<T>
  readonly isRight: (existing: T, wanted: New<T>) => boolean
  /** The spec of a merge patch that makes any object of the kind right. */
  readonly repairedSpec: (wanted: New<T>) => object
  /** What is known to keep it from being served, in a sentence. */
  readonly obstacle: (existing: T) => string | undefined
  /** Said to the user where the cluster does not know the kind. */
  readonly whyMissing: string
}

const FIELD_MANAGER = 'certwright'

/** Leads the CA to the operator by an object of the Challenge's own. Adds an index: make it before the informers start. */
export function ownedPublication<T extends KubeObject, P extends Presentation>(cluster: Cluster, kind: OwnedKind<T, P>): Publication<P> {
  const ownedBy = kind.informer.index(controllerUids)
  const ownOf = ({ metadata }: Challenge): readonly T[] => ownedBy(metadata.uid ?? '')
  return {
    isRight: (presentation) => {
      const own = ownOf(presentation.challenge)
      return own.length === 1 && own.every((object) => kind.isRight(object, kind.wanted(presentation)))
    },
    ensure: async (presentation, signal) => {
      const wanted = kind.wanted(presentation)
      for (const object of ownOf(presentation.challenge)) {
        // Left by cert-manager, which names them at random and leads them to its pods.
        if (object.metadata.name !== wanted.metadata.name) await cluster.delete(kind.resource, object, signal)
      }
      return ensure(cluster, kind, wanted, signal)
    },
    // Whoever serves it knows them, and is not watched for it.
    addresses: () => [],
    obstacle: ({ challenge }) => ownOf(challenge).map(kind.obstacle)[0],
    stands: (challenge) => ownOf(challenge).length > 0,
    cleanUp: async (challenge, signal) => {
      for (const object of ownOf(challenge)) await cluster.delete(kind.resource, object, signal)
    },
  }
}

async function ensure<T extends KubeObject>(
  cluster: Cluster,
  kind: Omit<OwnedKind<T, never>, 'wanted'>,
  wanted: New<T>,
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const cached = kind.informer.get(wanted.metadata)
  if (cached !== undefined) {
    await repair(cluster, kind, { existing: cached, wanted }, signal)
    return { kind: 'presented' }
  }
  try {
    await cluster.create(kind.resource, wanted, { fieldManager: FIELD_MANAGER }, signal)
  } catch (error) {
    if (isKubeApiError(error, 'NotFound') && !kind.informer.isSynced()) return { kind: 'waiting', why: kind.whyMissing }
    if (!isKubeApiError(error, 'AlreadyExists')) throw error
    const existing = await cluster.get(kind.resource, wanted.metadata, signal)
    if (existing !== undefined) await repair(cluster, kind, { existing, wanted }, signal)
  }
  return { kind: 'presented' }
}

async function repair<T extends KubeObject>(
  cluster: Cluster,
  kind: Omit<OwnedKind<T, never>, 'wanted'>,
  { existing, wanted }: { readonly existing: T; readonly wanted: New<T> },
  signal: AbortSignal,
): Promise<void> {
  if (kind.isRight(existing, wanted)) return
  const { labels, annotations, ownerReferences } = wanted.metadata
  const patch = { metadata: { labels, annotations, ownerReferences }, spec: kind.repairedSpec(wanted) }
  await cluster.patch(kind.resource, existing, patch, { fieldManager: FIELD_MANAGER }, signal)
}
