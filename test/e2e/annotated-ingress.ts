import type { ObjectMeta } from '../../src/crds/resource.ts'
import type { Ingress, IngressTls } from '../../src/kube/kinds.ts'

export interface AnnotatedIngress {
  /** Those of cert-manager.io without their prefix. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly tls: readonly IngressTls[]
}

/** An Ingress for a Service that need not exist: what is looked at is its TLS. */
export function annotatedIngress({ annotations = {}, labels = {}, tls }: AnnotatedIngress): {
  readonly metadata: Partial<ObjectMeta>
  readonly spec: NonNullable<Ingress['spec']>
} {
  return {
    metadata: { annotations: prefixed(annotations), labels },
    spec: { ingressClassName: 'traefik', defaultBackend: { service: { name: 'web', port: { number: 80 } } }, tls },
  }
}

/** One block: a Secret of this name for `name.example.com`. */
export function tlsFor(...names: readonly string[]): readonly IngressTls[] {
  return names.map((name) => ({ secretName: name, hosts: [`${name}.example.com`] }))
}

/** Puts `cert-manager.io/` before each key that has no prefix. */
export function prefixed(annotations: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key.includes('/') ? key : `cert-manager.io/${key}`, value as string]),
  )
}
