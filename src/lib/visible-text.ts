const LONGEST = 400

/**
 * A text of somebody else's server, fit for a condition or a log: one line, at most 400 characters. Line breaks, terminal escapes and
 * direction marks would lie to the reader.
 */
export function visibleText(text: string): string {
  const line = [...text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()]
  return line.length <= LONGEST ? line.join('') : `${line.slice(0, LONGEST - 1).join('')}…`
}
