import type { Certificate } from '../../crds/certificate.ts'
import type { Instant } from '../../lib/instant.ts'
import type { FieldsReading } from './annotated-fields.ts'
import type { IssuerChoice } from './issuer-choice.ts'
import type { Memory } from './memory.ts'
import type { ShimSource } from './source.ts'

/** Everything that the decision about one Ingress, Gateway or ListenerSet may know. */
export interface World {
  readonly source: ShimSource
  readonly issuer: Exclude<IssuerChoice, { readonly kind: 'unasked' }>
  /** What is wrong with the issuer, if anything. */
  readonly issuerProblem: string | undefined
  readonly fields: FieldsReading
  readonly extraAnnotations: readonly string[]
  /** The Certificates of the namespace that have the name of a Secret that is named. */
  readonly named: ReadonlyMap<string, Certificate>
  /** Those that this object controls. */
  readonly controlled: readonly Certificate[]
  readonly memory: Memory
}

/** An Event about the object. */
export interface Notice {
  readonly reason: string
  readonly message: string
}

/** A Certificate that the API server would not take. */
export interface Refusal {
  readonly name: string
  /** What was to be written, as JSON. */
  readonly content: string
  readonly why: string
  /** Then it is tried again: not the Certificate may have been wrong, but a policy. */
  readonly until: Instant
}
