import type { DefaultIssuer } from './issuer-choice.ts'

/** What the flags say about certificates for Ingresses, Gateways and ListenerSets. */
export interface ShimSettings {
  readonly defaultIssuer: DefaultIssuer
  /** Annotations that ask for the default issuer when they are true; on Ingresses only. */
  readonly autoAnnotations: readonly string[]
  /** Annotations that are carried over to the Certificate. */
  readonly extraAnnotations: readonly string[]
  /** Protocols of listeners that end TLS, besides HTTPS and TLS. */
  readonly extraProtocols: readonly string[]
}
