/** An address of a page for people; undefined for anything else. A `javascript:` URL on an inventory page would be a trap. */
export function webPage(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
}
