import type { KubeObject, Resource } from '../crds/resource.ts'

export interface PathOptions {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: 'status' | 'scale' | 'token'
}

/** The path below the server's address under which a collection, an object or a subresource of a kind is served. */
export function resourcePath(resource: Resource<KubeObject>, options: PathOptions = {}): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  const scope = resource.namespaced && options.namespace !== undefined ? `/namespaces/${encodeURIComponent(options.namespace)}` : ''
  const object = options.name === undefined ? '' : `/${encodeURIComponent(options.name)}`
  const part = options.subresource === undefined ? '' : `/${options.subresource}`
  return `${root}${scope}/${resource.plural}${object}${part}`
}
