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
  /** As FieldsV1 names the entries of a list: `k:{"uid":"…"}`. */
  readonly ownerReferences: readonly string[]
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
    ownerReferences: mine.flatMap((fields) => namesAt(fields, ['f:metadata', 'f:ownerReferences'], 'k:')),
  }
}

function keysAt(fields: unknown, ...path: readonly string[]): readonly string[] {
  return namesAt(fields, path, 'f:').map((name) => name.slice(2))
}

function namesAt(fields: unknown, path: readonly string[], prefix: 'f:' | 'k:'): readonly string[] {
  const found = path.reduce(at, fields)
  return typeof found === 'object' && found !== null ? Object.keys(found).filter((name) => name.startsWith(prefix)) : []
}

function at(fields: unknown, key: string): unknown {
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>)[key] : undefined
}
