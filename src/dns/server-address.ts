import { isIPv6 } from 'node:net'

/** Where a DNS server is. */
export type ServerAddress =
  | { readonly kind: 'plain'; /** An IP address or a name */ readonly host: string; readonly port: number }
  /** DNS over HTTPS (RFC 8484). */
  | { readonly kind: 'https'; readonly url: string }

/** Reads `host`, `host:port`, `[v6]:port` or `https://…`, as flags and issuers have them; undefined: it is none of these. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const trimmed = text.trim()
  if (/^https:\/\//i.test(trimmed)) return URL.canParse(trimmed) ? { kind: 'https', url: trimmed } : undefined
  const match = /^(?:\[(?<v6>[^\][]+)\]|(?<host>[^\][:\s/]+))(?::(?<port>\d{1,5}))?$/.exec(trimmed)
  const { v6, host = v6, port = '53' } = match?.groups ?? {}
  const number = Number(port)
  if (host === undefined || number < 1 || number > 65_535 || (v6 !== undefined && !isIPv6(v6))) return undefined
  return { kind: 'plain', host, port: number }
}

/** The address for people. */
export function showServerAddress(server: ServerAddress): string {
  if (server.kind === 'https') return new URL(server.url).origin
  const host = isIPv6(server.host) ? `[${server.host}]` : server.host
  return server.port === 53 ? server.host : `${host}:${server.port}`
}
