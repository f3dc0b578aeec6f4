import type { KubeObject } from '../../crds/resource.ts'

/** An Ingress, a Gateway or a ListenerSet, reduced to what its certificates follow from. */
export interface ShimSource {
  /** Who owns the Certificates, and whom Events are about. */
  readonly object: KubeObject
  /** Its own annotations, and those that it inherits. */
  readonly annotations: Readonly<Record<string, string>>
  readonly tls: TlsReading
  /** What answers to HTTP-01 are attached to, for the kinds of the Gateway API. */
  readonly http01Parent?: Http01Parent
}

export interface TlsReading {
  /** One for each Secret. */
  readonly blocks: readonly TlsBlock[]
  /** Why parts of it were skipped, a sentence each. */
  readonly skipped: readonly string[]
  /** Why nothing of it counts. */
  readonly refusal?: string
  /** Every Secret that is named, also by parts that were skipped: their Certificates stay. */
  readonly secretNames: ReadonlySet<string>
}

export interface TlsBlock {
  readonly secretName: string
  /** DNS names and IP addresses in their order. */
  readonly hosts: readonly string[]
}

export interface Http01Parent {
  readonly kind: 'Gateway' | 'ListenerSet'
  readonly name: string
  readonly namespace?: string
}
