import { annotation } from '../../crds/annotations.ts'
import type { AcmeSolver, ParentReference } from '../../crds/issuer.ts'
import type { ObjectMeta } from '../../crds/resource.ts'
import type { Overridden } from './ingress-overrides.ts'

const nameKey = annotation.http01ParentRefName
const kindKey = annotation.http01ParentRefKind
const namespaceKey = annotation.http01ParentRefNamespace

/**
 * The solver with the Gateway or ListenerSet that the Order's annotations name behind those of the issuer: the shim writes them, so that
 * a Gateway proves its names itself. Some parent must be named, here or there.
 */
export function gatewayOverrides(solver: AcmeSolver, { annotations = {}, namespace }: ObjectMeta): Overridden {
  const route = solver.http01?.gatewayHTTPRoute
  if (route === undefined) return { kind: 'ok', solver }
  const named = parentIn(annotations, namespace)
  if (typeof named === 'string') return { kind: 'contradictory', why: named }
  const parentRefs =
    named === undefined ? (route.parentRefs ?? []) : [...(route.parentRefs ?? []).filter((one) => !isSame(one, named)), named]
  if (parentRefs.length === 0) {
    const why = `no Gateway is named: give http01.gatewayHTTPRoute.parentRefs in the issuer, or the annotations ${nameKey} and ${kindKey}`
    return { kind: 'contradictory', why }
  }
  return { kind: 'ok', solver: { ...solver, http01: { ...solver.http01, gatewayHTTPRoute: { ...route, parentRefs } } } }
}

/** A sentence when the annotations name nothing that could be. */
function parentIn(annotations: Readonly<Record<string, string>>, orderNamespace: string | undefined): ParentReference | string | undefined {
  const name = annotations[nameKey]
  const kind = annotations[kindKey]
  if (name === undefined && kind === undefined) return undefined
  if (name === undefined || kind === undefined) return `set both or neither of the annotations ${nameKey} and ${kindKey}`
  const namespace = annotations[namespaceKey] || orderNamespace
  const wrong = [
    ...(NAME.test(name) ? [] : [nameKey]),
    ...(KIND.test(kind) ? [] : [kindKey]),
    ...(namespace === undefined || NAMESPACE.test(namespace) ? [] : [namespaceKey]),
  ]
  if (wrong.length > 0) return `no such object can exist: the annotation ${wrong.join(', ')}`
  return { ...(namespace === undefined ? {} : { namespace }), name, kind }
}

/** One of the issuer's that would attach the route to the same object a second time. Without a namespace it means another one. */
function isSame(configured: ParentReference, named: ParentReference): boolean {
  return (
    configured.namespace === named.namespace &&
    configured.name === named.name &&
    (configured.kind === undefined || configured.kind === named.kind)
  )
}

/** As the API server takes them in a Challenge. */
const NAME = /^.{1,253}$/
const KIND = /^[a-zA-Z](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
