/** Why a connection failed, in words that stay the same from one try to the next: a status is written when they change. */
export function connectionFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return faults[code] ?? (code === '' ? 'the connection failed' : `the connection failed (${code})`)
}

const faults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  EADDRNOTAVAIL: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  EACCES: 'not permitted',
}
