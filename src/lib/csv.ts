/** Writes one CSV record as Go's encoding/csv does, without the line end: the form of list-valued annotations on a Secret. */
export function toCsv(fields: readonly string[]): string {
  return fields.map(quoteWhereNeeded).join(',')
}

function quoteWhereNeeded(field: string): string {
  if (field === '') return ''
  const needsQuotes = field === String.raw`\.` || /[",\r\n]/.test(field) || /^\p{White_Space}/u.test(field)
  return needsQuotes ? `"${field.replaceAll('"', '""')}"` : field
}

/** Reads one CSV record as strictly as Go's encoding/csv; undefined when the text is none, or several. */
export function parseCsv(text: string): readonly string[] | undefined {
  const record = text.replace(/(\r?\n)+$/, '').replace(/^(\r?\n)+/, '')
  if (record === '') return undefined
  const fields: string[] = []
  field.lastIndex = 0
  for (;;) {
    const match = field.exec(record)
    if (match === null) return undefined
    fields.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"').replaceAll('\r\n', '\n'))
    if (match[3] === '') return fields
  }
}

/** Quoted or not, up to a comma or the end. */
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y
