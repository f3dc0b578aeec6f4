/**
 * The wait that a Retry-After header asks for, in milliseconds (RFC 9110 §10.2.3: seconds or a date); undefined when there is none
 * or it cannot be read.
 */
export function retryAfter(header: string | readonly string[] | undefined, now: number): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
