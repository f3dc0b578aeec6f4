import type { Clock } from '../lib/clock.ts'
import { AcmeError } from './acme-error.ts'
import type { ReadDirectory } from './directory-cache.ts'
import { createNoncePool } from './nonce-pool.ts'
import { headerOf, refusalOf } from './refusal.ts'
import { isSuccess } from './transport.ts'
import type { AcmeAction, AcmeReply, Transport } from './transport.ts'

/** Nonces for signed requests: those that came with earlier answers, else one that is asked for (RFC 8555 §7.2). */
export interface NonceSource {
  readonly next: (action: AcmeAction, signal: AbortSignal) => Promise<string>
  /** Keeps the nonce that came with an answer. After badNonce the ones from before are suspect and go. */
  readonly learn: (reply: AcmeReply, outcome: 'accepted' | 'bad-nonce' | 'refused') => void
}

/** A source that starts empty. */
export function createNonceSource(transport: Transport, directory: ReadDirectory, clock: Clock): NonceSource {
  const pool = createNoncePool()
  return {
    next: async (action, signal) => {
      const kept = pool.take()
      if (kept !== undefined) return kept
      const { newNonce } = await directory(signal)
      const reply = await transport.send({ action, method: 'HEAD', url: newNonce }, signal)
      if (!isSuccess(reply)) throw refusalOf(reply, clock.now())
      pool.put(headerOf(reply, 'replay-nonce'))
      const fresh = pool.take()
      if (fresh === undefined) throw new AcmeError('acme/protocol', 'the ACME server gave no nonce')
      return fresh
    },
    learn: (reply, outcome) => {
      if (outcome === 'bad-nonce') pool.clear()
      pool.put(headerOf(reply, 'replay-nonce'))
    },
  }
}
