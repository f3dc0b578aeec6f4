import type { KubeObject } from '../../crds/resource.ts'
import type { RouteParentStatus } from '../../kube/gateway-api.ts'

/** A route of the Gateway API of any kind. */
export interface AnyRoute extends KubeObject {
  readonly status?: { readonly parents?: readonly RouteParentStatus[] }
}

/** What a Gateway says against a route, in a sentence. */
export function refusalOf({ kind, status }: AnyRoute): string | undefined {
  for (const { parentRef, conditions = [] } of status?.parents ?? []) {
    const refused = conditions.find(
      (condition) => condition.status === 'False' && (condition.type === 'Accepted' || condition.type === 'ResolvedRefs'),
    )
    if (refused === undefined) continue
    const place = parentRef.namespace === undefined ? parentRef.name : `${parentRef.namespace}/${parentRef.name}`
    return `the ${parentRef.kind ?? 'Gateway'} ${place} does not take the ${kind}: ${refused.type} is False (${refused.reason ?? 'no reason given'})`
  }
  return undefined
}
