/** Why an exchange over HTTP brought no answer. */
export type HttpFaultKind = 'timeout' | 'tls' | 'protocol' | 'unreachable'

/** An exchange without an answer. The message names the host and a code of Node or of the HTTP library, and nothing that a server said. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault'
  readonly kind: HttpFaultKind

  constructor(kind: HttpFaultKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.kind = kind
  }
}

/** What a failed exchange with `host` was, from the errors of the HTTP library, TLS and the operating system. */
export function httpFaultOf(error: unknown, host: string): HttpFault {
  if (error instanceof HttpFault) return error
  const code = codeOf(error)
  if (timeouts.has(code)) return new HttpFault('timeout', `${host} did not answer in time (${code})`, { cause: error })
  if (tlsCode.test(code)) return new HttpFault('tls', `no trusted TLS connection to ${host} (${code})`, { cause: error })
  if (protocolCode.test(code)) return new HttpFault('protocol', `${host} does not answer in HTTP (${code})`, { cause: error })
  return new HttpFault('unreachable', `${host} cannot be reached, or the connection broke (${code})`, { cause: error })
}

const timeouts: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
const tlsCode =
  /^(CERT_|CRL_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|EPROTO)/
const protocolCode = /^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH|RES_EXCEEDED_MAX_SIZE|RESPONSE))/

/** The first code on the way down the causes; a code is a word of ours or Node's, never a server's text. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return 'unknown fault'
}
