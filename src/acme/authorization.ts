import type { Instant } from '../lib/instant.ts'
import { parseRfc3339 } from '../lib/instant.ts'
import { parseIdentifier } from './identifier.ts'
import type { Identifier } from './identifier.ts'
import { asText, asUrl, isRecord } from './json.ts'
import { parsePersistentTerms } from './persistent-terms.ts'
import type { PersistentTerms } from './persistent-terms.ts'
import { parseProblem } from './problem.ts'
import type { Problem } from './problem.ts'

/** An authorization as the CA knows it (RFC 8555 §7.1.4). A wildcard's identifier stands without its `*.`. */
export interface Authorization {
  readonly url: string
  readonly status: AuthorizationStatus
  readonly identifier: Identifier
  readonly wildcard: boolean
  readonly expires?: Instant
  readonly challenges: readonly AcmeChallenge[]
  /** When the CA wants to be asked again. */
  readonly retryAfter?: Instant
}

/** One way to prove control (RFC 8555 §7.1.5). */
export interface AcmeChallenge {
  /** `http-01`, `dns-01`, `tls-alpn-01`, `dns-persist-01`, or one that we do not know. */
  readonly type: string
  readonly url: string
  /** base64url; empty for challenge types without one. */
  readonly token: string
  readonly status: ChallengeStatus
  /** Of dns-persist-01, where the CA keeps to a draft. */
  readonly persistent?: PersistentTerms
  readonly error?: Problem
  readonly retryAfter?: Instant
}

export type AuthorizationStatus = (typeof authorizationStatuses)[number]
export type ChallengeStatus = (typeof challengeStatuses)[number]
const authorizationStatuses = ['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'] as const
const challengeStatuses = ['pending', 'processing', 'valid', 'invalid'] as const

/** An authorization from the CA's answer; undefined when it is none. */
export function parseAuthorization(
  body: unknown,
  from: { readonly url: string; readonly retryAfter: Instant | undefined },
): Authorization | undefined {
  if (!isRecord(body)) return undefined
  const status = authorizationStatuses.find((known) => known === body['status'])
  const identifier = parseIdentifier(body['identifier'])
  const challenges = parseChallenges(body['challenges'])
  if (status === undefined || identifier === undefined || challenges === undefined) return undefined

  const expires = parseRfc3339(asText(body['expires']))
  return {
    url: from.url,
    status,
    identifier,
    wildcard: body['wildcard'] === true,
    challenges,
    ...(expires === undefined ? {} : { expires }),
    ...(from.retryAfter === undefined ? {} : { retryAfter: from.retryAfter }),
  }
}

/** A challenge from the CA's answer; undefined when it is none. */
export function parseChallenge(body: unknown, retryAfter?: Instant): AcmeChallenge | undefined {
  if (!isRecord(body)) return undefined
  const type = asText(body['type'])
  const url = asUrl(body['url'])
  const token = asText(body['token']) ?? ''
  // RFC 8555 §7.1.6: a challenge is created pending; some CAs leave the word out until something happened.
  const status = body['status'] === undefined ? 'pending' : challengeStatuses.find((known) => known === body['status'])
  if (type === undefined || url === undefined || status === undefined || !isToken(token)) return undefined

  const persistent = type === 'dns-persist-01' ? parsePersistentTerms(body) : undefined
  const error = parseProblem(body['error'])
  return {
    type,
    url,
    token,
    status,
    ...(persistent === undefined ? {} : { persistent }),
    ...(error === undefined ? {} : { error }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

function parseChallenges(value: unknown): readonly AcmeChallenge[] | undefined {
  if (!Array.isArray(value)) return undefined
  const challenges = value.map((challenge) => parseChallenge(challenge)).filter((challenge) => challenge !== undefined)
  // One broken challenge beside good ones harms only itself; nothing but broken ones is a broken answer.
  return challenges.length === 0 && value.length > 0 ? undefined : challenges
}

/** RFC 8555 §8.1: the token becomes part of a URL path and of a DNS record, so nothing but the base64url alphabet may pass. */
function isToken(token: string): boolean {
  return /^[A-Za-z0-9_-]{0,512}$/.test(token)
}
