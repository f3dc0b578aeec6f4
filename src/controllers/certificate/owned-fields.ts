/** One entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  readonly manager?: string
  readonly operation?: string
  readonly fieldsV1?: unknown
}

/** The names of the labels, annotations and data keys of a Secret that the manager of issued Secrets has applied. */
export interface OwnedFields {
  readonly labels: readonly string[]
  readonly annotations: readonly string[]
  readonly dataKeys: readonly string[]
  readonly hasOwnerReference: boolean
}

/** cert-manager applies issued Secrets under this name; with another one, its fields would stay behind or be seen as foreign after a rollback. */
export const ISSUED_SECRET_MANAGER = 'cert-manager-certificates-issuing'

/** Reads what the manager of issued Secrets holds. FieldsV1 names a map key `f:<key>` (KEP-555). */
export function ownedFields(entries: readonly ManagedFieldsEntry[]): OwnedFields {
  const mine = entries
    .filter((entry) => entry.manager === ISSUED_SECRET_MANAGER && entry.operation !== 'Update')
    .map((entry) => entry.fieldsV1)
  return {
    labels: mine.flatMap((fields) => keysAt(fields, 'f:metadata', 'f:labels')),
    annotations: mine.flatMap((fields) => keysAt(fields, 'f:metadata', 'f:annotations')),
    dataKeys: mine.flatMap((fields) => keysAt(fields, 'f:data')),
    hasOwnerReference: mine.some((fields) => at(at(fields, 'f:metadata'), 'f:ownerReferences') !== undefined),
  }
}

function keysAt(fields: unknown, ...path: readonly string[]): readonly string[] {
  const found = path.reduce(at, fields)
  if (typeof found !== 'object' || found === null) return []
  return Object.keys(found)
    .filter((key) => key.startsWith('f:'))
    .map((key) => key.slice(2))
}

function at(fields: unknown, key: string): unknown {
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>)[key] : undefined
}
