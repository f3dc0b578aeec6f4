import type { KubeObject, Resource } from './resource.ts'
import type { Rule, Schema } from './schema.ts'

/** Everything about a kind that its CustomResourceDefinition says. */
export interface KindDefinition {
  readonly resource: Resource<KubeObject>
  readonly description: string
  readonly shortNames?: readonly string[]
  readonly categories: readonly string[]
  readonly columns: readonly PrinterColumn[]
  /** JSON paths that `kubectl get --field-selector` may use. */
  readonly selectableFields?: readonly string[]
  readonly spec: Schema<unknown>
  readonly status: Schema<unknown>
  /** Which of metadata and spec the schema itself demands. */
  readonly required?: readonly string[]
  /** Rules that see spec and status together. */
  readonly rules?: readonly Rule[]
}

export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'date'
  readonly jsonPath: string
  /** 1: only with `-o wide`. */
  readonly priority?: 1
}
