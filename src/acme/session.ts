import type { Clock } from '../lib/clock.ts'
import type { AccountKey } from './account-key.ts'
import { AcmeError } from './acme-error.ts'
import { createDirectoryCache } from './directory-cache.ts'
import type { ReadDirectory } from './directory-cache.ts'
import type { InFlightLimit } from './in-flight-limit.ts'
import { signJws } from './jws.ts'
import type { Jws } from './jws.ts'
import { createNonceSource } from './nonce-source.ts'
import { refusalOf } from './refusal.ts'
import { isSuccess } from './transport.ts'
import type { AcmeAction, AcmeReply, AcmeRequest, Transport } from './transport.ts'

/** Signed and unsigned requests of one account, with its nonces, its key and its directory. */
export interface Session {
  readonly clock: Clock
  readonly directory: ReadDirectory
  /** Signs and sends. The reply is a 2xx; anything else is thrown as an `AcmeError`. */
  readonly post: (request: SignedRequest, signal: AbortSignal) => Promise<AcmeReply>
  /** Unsigned. The reply is a 2xx; anything else is thrown as an `AcmeError`. */
  readonly get: (request: Pick<AcmeRequest, 'action' | 'url'>, signal: AbortSignal) => Promise<AcmeReply>
  /** Who signs; account calls change it. */
  readonly identity: Identity
}

export interface Identity {
  key: AccountKey
  accountUrl: string | undefined
}

export interface SignedRequest {
  readonly action: AcmeAction
  readonly url: string
  /** Nothing: a POST-as-GET. */
  readonly payload?: object
  /** A key that signs for itself, by its public part; otherwise the account signs, by its URL. */
  readonly signedBy?: AccountKey
  readonly accept?: string
  readonly maxBytes?: number
}

export interface SessionOptions {
  readonly transport: Transport
  readonly limit: InFlightLimit
  readonly directoryUrl: string
  readonly identity: Identity
  readonly clock: Clock
}

/** A session; nothing is sent before the first call. */
export function createSession({ transport: plain, limit, directoryUrl, identity, clock }: SessionOptions): Session {
  const { directory, doubt } = createDirectoryCache(plain, directoryUrl, clock)
  const transport = doubting(plain, doubt)
  const nonces = createNonceSource(transport, directory, clock)

  async function attempt(request: SignedRequest, signal: AbortSignal): Promise<AcmeReply> {
    const { action, url, payload, signedBy, ...limits } = request
    const nonce = await nonces.next(action, signal)
    const body = JSON.stringify(await signed({ url, payload, signedBy, nonce }, identity))
    const reply = await transport.send({ action, method: 'POST', url, body, ...limits }, signal)
    if (isSuccess(reply)) {
      nonces.learn(reply, 'accepted')
      return reply
    }
    const refusal = refusalOf(reply, clock.now())
    nonces.learn(reply, refusal.code === 'acme/badNonce' ? 'bad-nonce' : 'refused')
    throw refusal
  }

  return {
    clock,
    directory,
    identity,
    post: (request, signal) => limit.run(() => whileNonceIsBad(() => attempt(request, signal)), signal),
    get: (request, signal) =>
      limit.run(async () => {
        const reply = await transport.send({ ...request, method: 'GET' }, signal)
        if (!isSuccess(reply)) throw refusalOf(reply, clock.now())
        return reply
      }, signal),
  }
}

/** Tells of URLs at which nobody is found: the CA may have moved since it named them. */
function doubting(transport: Transport, doubt: (url: string) => void): Transport {
  return {
    close: transport.close,
    send: async (request, signal) => {
      try {
        const reply = await transport.send(request, signal)
        if (isElsewhere(reply)) doubt(request.url)
        return reply
      } catch (error) {
        if (error instanceof AcmeError) doubt(request.url)
        throw error
      }
    },
  }
}

/** A redirect, which is not followed, or nothing there. */
function isElsewhere({ status }: AcmeReply): boolean {
  return (status >= 300 && status <= 399) || status === 404 || status === 410
}

const MAX_NONCES = 8

/** RFC 8555 §6.5: a request with a bad nonce was not acted on and should be sent again with the nonce that came with the refusal. */
async function whileNonceIsBad<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; tried < MAX_NONCES; tried += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof AcmeError && error.code === 'acme/badNonce')) throw error
    }
  }
  return attempt()
}

interface Unsigned {
  readonly url: string
  readonly payload: object | undefined
  readonly signedBy: AccountKey | undefined
  readonly nonce: string
}

function signed({ url, payload, signedBy, nonce }: Unsigned, identity: Identity): Promise<Jws> {
  if (signedBy !== undefined) return signJws(payload, { url, nonce }, signedBy)
  return signJws(payload, { url, nonce, kid: accountUrlOf(identity) }, identity.key)
}

/** The account's URL. Throws `acme/accountDoesNotExist` when the account was neither created nor looked up yet. */
export function accountUrlOf(identity: Identity): string {
  if (identity.accountUrl === undefined) throw new AcmeError('acme/accountDoesNotExist', 'the ACME account is not registered yet')
  return identity.accountUrl
}
