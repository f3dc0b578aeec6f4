import type { Challenge } from '../../crds/challenge.ts'
import { finalizer } from '../../crds/labels.ts'
import { challenges } from '../../crds/resources.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'

const FIELD_MANAGER = 'certwright'

/** Puts our finalizer on a Challenge that came without, and takes the old one off. */
export async function addFinalizer(cluster: Cluster, challenge: Challenge, signal: AbortSignal): Promise<void> {
  const finalizers = [...foreign(challenge), finalizer.acme]
  await cluster.patch(challenges, challenge, { metadata: { finalizers } }, { fieldManager: FIELD_MANAGER }, signal)
}

/** Lets a Challenge go. Its deletion may be marked at the same moment, so a conflict is answered by a fresh look. */
export async function removeFinalizers(cluster: Cluster, challenge: Challenge, signal: AbortSignal): Promise<void> {
  let current: Challenge | undefined = challenge
  for (let attempt = 1; current !== undefined && current.metadata.uid === challenge.metadata.uid; attempt += 1) {
    try {
      await cluster.patch(challenges, current, { metadata: { finalizers: foreign(current) } }, { fieldManager: FIELD_MANAGER }, signal)
      return
    } catch (error) {
      if (isKubeApiError(error, 'NotFound')) return
      if (attempt >= 3 || !isKubeApiError(error, 'Conflict')) throw error
      current = await cluster.get(challenges, challenge.metadata, signal)
    }
  }
}

/** Whether a finalizer of ours, or the old one, holds a Challenge. */
export function hasAnyFinalizer({ metadata }: Challenge): boolean {
  return metadata.finalizers?.some((name) => name === finalizer.acme || name === finalizer.acmeBefore) ?? false
}

function foreign({ metadata }: Challenge): readonly string[] {
  return (metadata.finalizers ?? []).filter((name) => name !== finalizer.acme && name !== finalizer.acmeBefore)
}
