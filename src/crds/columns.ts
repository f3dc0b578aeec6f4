import type { PrinterColumn } from './kind-definition.ts'

/** How old the object is. */
export const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** One field of one condition. */
export function conditionColumn(name: string, type: string, field: 'status' | 'message'): PrinterColumn {
  return { name, type: 'string', jsonPath: `.status.conditions[?(@.type == "${type}")].${field}` }
}

/** Selectable fields of every kind that names its issuer. */
export const issuerFields = ['.spec.issuerRef.group', '.spec.issuerRef.kind', '.spec.issuerRef.name']
