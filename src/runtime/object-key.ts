import type { ObjectName } from '../crds/resource.ts'

/** The name of one object as the queue holds it: `namespace/name`, or `name` for cluster-scoped kinds. */
export type ObjectKey = string & { readonly __objectKey: unique symbol }

/** The queue key of an object. */
export function keyOf(name: ObjectName): ObjectKey {
  return (name.namespace === undefined ? name.name : `${name.namespace}/${name.name}`) as ObjectKey
}

/** The reverse of `keyOf`. Kubernetes names hold no slash. */
export function nameOf(key: ObjectKey): ObjectName {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
