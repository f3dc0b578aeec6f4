import { apiVersionOf } from '../crds/resource.ts'
import type { KubeObject, Resource } from '../crds/resource.ts'
import { KubeApiError, refusedBy } from './kube-api-error.ts'
import { statusIn } from './status.ts'

export interface WatchEvent {
  readonly type: string
  readonly object: KubeObject
}

/** One line of a watch. Throws a `KubeApiError` for an ERROR event, and for a line that is none (a proxy's error page). */
export function parseWatchEvent(line: string, resource: Resource<KubeObject>): WatchEvent {
  let parsed: { readonly type?: unknown; readonly object?: KubeObject }
  try {
    parsed = JSON.parse(line) as typeof parsed
  } catch {
    throw new KubeApiError('Unreachable', `watch ${resource.plural}: a line is not JSON`, { status: 0 })
  }
  const { type, object } = parsed
  const status = type === 'ERROR' ? statusIn(object) : undefined
  if (type === 'ERROR') throw refusedBy({ status: status?.code ?? 500, body: status }, { verb: 'watch', resource: resource.plural })
  if (typeof type !== 'string' || object?.metadata === undefined) {
    throw new KubeApiError('Unreachable', `watch ${resource.plural}: a line is not a watch event`, { status: 0 })
  }
  return { type, object: named(object, resource) }
}

/** Items of a list of a built-in kind do not say their kind, and those of the metadata view say another. */
export function named(raw: KubeObject, resource: Resource<KubeObject>): KubeObject {
  if (raw.kind === resource.kind) return raw
  return { ...raw, apiVersion: apiVersionOf(resource), kind: resource.kind }
}
