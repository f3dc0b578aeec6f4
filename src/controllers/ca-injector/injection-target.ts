import type { KubeObject } from '../../crds/resource.ts'
import { sourceReference, type SourceReference } from './source-reference.ts'

/**
 * What the cache keeps of every webhook configuration, APIService and CRD: the API server cannot select by annotation, so that all must
 * be watched; but of those that ask for nothing only name and version stay, and of the others only what they ask for.
 */
export interface InjectionTarget extends KubeObject {
  readonly source: SourceReference
}

/** Reduces the metadata of an object to that. */
export function injectionTarget({ apiVersion, kind, metadata }: KubeObject): InjectionTarget {
  const { name, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    source: sourceReference(metadata.annotations),
  }
}
