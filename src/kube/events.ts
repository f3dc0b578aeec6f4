import type { KubeObject } from '../crds/resource.ts'

/** Publishes Kubernetes Events about objects. Never blocks, never throws; identical ones within a while are counted up instead of written anew. */
export interface EventRecorder {
  readonly record: (
    about: KubeObject,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ) => void
}
