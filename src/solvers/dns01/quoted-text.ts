/** A value as APIs want it that take TXT records in the form of a zone file (RFC 1035 §5.1). */
export function quotedText(value: string): string {
  return `"${value.replace(/["\\]/g, (character) => `\\${character}`)}"`
}
