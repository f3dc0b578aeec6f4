import { annotation } from '../../crds/annotations.ts'
import type { ObjectName } from '../../crds/resource.ts'

/** Where the CA of an object comes from, as its annotations say. */
export type SourceReference =
  | { readonly kind: 'none' }
  /** `ca.crt` of the Secret that a Certificate is issued into. */
  | { readonly kind: 'certificate'; readonly name: ObjectName }
  /** `ca.crt` of a Secret that allows it. */
  | { readonly kind: 'secret'; readonly name: ObjectName }
  /** The CA by which we know the API server itself. */
  | { readonly kind: 'api-server' }
  | { readonly kind: 'malformed'; readonly why: string }

type Annotations = Readonly<Record<string, string>>

/** Reads the annotations. Of several, the Secret goes before the Certificate and that before the API server. */
export function sourceReference(annotations: Annotations = {}): SourceReference {
  return (
    named('secret', annotation.injectCaFromSecret, annotations) ??
    named('certificate', annotation.injectCaFrom, annotations) ??
    (annotations[annotation.injectApiServerCa] === 'true' ? { kind: 'api-server' } : { kind: 'none' })
  )
}

/** What an index finds an object by when its source changes. */
export function sourceKeys(source: SourceReference): readonly string[] {
  return source.kind === 'secret' || source.kind === 'certificate'
    ? [`${source.kind} ${source.name.namespace ?? ''}/${source.name.name}`]
    : []
}

function named(kind: 'secret' | 'certificate', key: string, annotations: Annotations): SourceReference | undefined {
  const text = annotations[key]
  if (text === undefined) return undefined
  const [, namespace, name] = NAMESPACE_AND_NAME.exec(text) ?? []
  if (namespace !== undefined && name !== undefined) return { kind, name: { namespace, name } }
  return { kind: 'malformed', why: `the annotation ${key} must read namespace/name, and says ${JSON.stringify(text.slice(0, 200))}` }
}

/** Names as Kubernetes has them: they become part of a path on the API server. */
const NAMESPACE_AND_NAME = /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/
