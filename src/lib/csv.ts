/** Writes one CSV record as Go's encoding/csv does, without the line end: the form of list-valued annotations on a Secret. */
export function toCsv(fields: readonly string[]): string {
  return fields.map(quoteWhereNeeded).join(',')
}

function quoteWhereNeeded(field: string): string {
  if (field === '') return ''
  const needsQuotes = field === String.raw`\.` || /[",\r\n]/.test(field) || /^\s/u.test(field)
  return needsQuotes ? `"${field.replaceAll('"', '""')}"` : field
}
