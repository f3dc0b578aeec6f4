const PREFIX = '/.well-known/acme-challenge/'

/** Where the CA looks for the answer to an HTTP-01 challenge (RFC 8555 §8.3). */
export function challengePath(token: string): string {
  return `${PREFIX}${token}`
}

/** The token of a path that `challengePath` made; undefined for any other path. Tokens are base64url (RFC 8555 §8.1). */
export function tokenIn(path: string): string | undefined {
  const token = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : ''
  return /^[A-Za-z0-9_-]+$/.test(token) ? token : undefined
}
