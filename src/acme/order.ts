import type { Instant } from '../lib/instant.ts'
import { parseRfc3339 } from '../lib/instant.ts'
import { parseIdentifier } from './identifier.ts'
import type { Identifier } from './identifier.ts'
import { asText, asUrl, asUrls, isRecord } from './json.ts'
import { parseProblem } from './problem.ts'
import type { Problem } from './problem.ts'

/** An order as the CA knows it (RFC 8555 §7.1.3). `url` is the order's own URL, `authorizations` are URLs. */
export interface AcmeOrder {
  readonly url: string
  readonly status: OrderStatus
  readonly expires?: Instant
  readonly identifiers: readonly Identifier[]
  readonly authorizations: readonly string[]
  readonly finalize: string
  /** The URL of the certificate, once there is one. */
  readonly certificate?: string
  /** Why the order became invalid. */
  readonly error?: Problem
  /** When the CA wants to be asked again. */
  readonly retryAfter?: Instant
}

export type OrderStatus = (typeof orderStatuses)[number]
const orderStatuses = ['pending', 'ready', 'processing', 'valid', 'invalid'] as const

/** RFC 8555 §7.1.6 knows an order with such an authorization as invalid; Boulder gives it the status of the authorization. */
const statusesOfLost: readonly unknown[] = ['deactivated', 'expired', 'revoked']

export interface NewOrder {
  readonly identifiers: readonly Identifier[]
  readonly notAfter?: Instant
  /** One of `Directory.profiles`. */
  readonly profile?: string
  /** The ARI certificate id of the certificate that this one replaces (RFC 9773 §5). */
  readonly replaces?: string
}

/** An order from the CA's answer; undefined when it is none. */
export function parseOrder(body: unknown, from: { readonly url: string; readonly retryAfter: Instant | undefined }): AcmeOrder | undefined {
  if (!isRecord(body)) return undefined
  const status = parseStatus(body['status'])
  const identifiers = parseIdentifiers(body['identifiers'])
  const authorizations = asUrls(body['authorizations'])
  const finalize = asUrl(body['finalize'])
  if (status === undefined || identifiers === undefined || authorizations === undefined || finalize === undefined) return undefined

  const expires = parseRfc3339(asText(body['expires']))
  const certificate = asUrl(body['certificate'])
  const error = parseProblem(body['error'])
  return {
    url: from.url,
    status,
    identifiers,
    authorizations,
    finalize,
    ...(expires === undefined ? {} : { expires }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(error === undefined ? {} : { error }),
    ...(from.retryAfter === undefined ? {} : { retryAfter: from.retryAfter }),
  }
}

function parseStatus(value: unknown): OrderStatus | undefined {
  return statusesOfLost.includes(value) ? 'invalid' : orderStatuses.find((known) => known === value)
}

function parseIdentifiers(value: unknown): readonly Identifier[] | undefined {
  if (!Array.isArray(value)) return undefined
  const identifiers = value.map(parseIdentifier).filter((identifier) => identifier !== undefined)
  return identifiers.length === value.length ? identifiers : undefined
}
