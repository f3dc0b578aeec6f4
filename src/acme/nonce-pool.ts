/** Nonces that the CA gave with earlier answers, so that a request seldom has to ask for one (RFC 8555 §6.5). */
export interface NoncePool {
  /** The freshest; undefined when there is none. Each is given once. */
  readonly take: () => string | undefined
  /** Keeps a nonce. What is no nonce is ignored. */
  readonly put: (nonce: string | undefined) => void
  /** Forgets all of them: one was refused as too old, so the others are suspect. */
  readonly clear: () => void
}

/** A pool that keeps the `capacity` freshest nonces: old ones are the first that a CA forgets. */
export function createNoncePool(capacity = 64): NoncePool {
  const nonces: string[] = []
  return {
    take: () => nonces.pop(),
    put: (nonce) => {
      if (nonce === undefined || !isNonce(nonce)) return
      nonces.push(nonce)
      if (nonces.length > capacity) nonces.shift()
    },
    clear: () => {
      nonces.length = 0
    },
  }
}

/** RFC 8555 §6.5.1: a client must ignore a Replay-Nonce that is not base64url. */
function isNonce(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,1024}$/.test(text)
}
