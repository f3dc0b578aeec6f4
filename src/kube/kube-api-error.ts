import { OperatorError } from '../lib/operator-error.ts'
import type { Retry } from '../lib/operator-error.ts'
import type { Status } from './status.ts'

/** What was asked of the API server; it stands in every message and holds no body. */
export interface Asked {
  readonly verb: string
  readonly resource: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

/**
 * A request that the API server refused, or that never got an answer (`status` 0).
 * `code` is `kube/` and the reason of the Status: `kube/NotFound`, `kube/Conflict`, `kube/Unreachable`, …
 */
export class KubeApiError extends OperatorError {
  readonly status: number

  constructor(reason: string, message: string, options: { readonly status: number; readonly retry?: Retry; readonly cause?: unknown }) {
    super(`kube/${reason}`, message, options)
    this.status = options.status
  }
}

/** Whether `error` is a `KubeApiError` with the reason given, such as `NotFound`. */
export function isKubeApiError(error: unknown, reason: string): error is KubeApiError {
  return error instanceof KubeApiError && error.code === `kube/${reason}`
}

/** The error for an answer with an error status. `body` is undefined when it was not a Status. */
export function refusedBy(
  answer: { readonly status: number; readonly body: Status | undefined },
  asked: Asked,
  retry?: Retry,
): KubeApiError {
  const reason = answer.body?.reason !== undefined && answer.body.reason !== '' ? answer.body.reason : reasonFor(answer.status)
  const message = `${describe(asked)}: ${answer.status} ${reason}${explanation(answer.body, asked)}`
  return new KubeApiError(reason, message, { status: answer.status, ...(retry === undefined ? {} : { retry }) })
}

/** The error for a request without an answer. */
export function unanswered(why: string, asked: Asked, cause: unknown): KubeApiError {
  return new KubeApiError('Unreachable', `${describe(asked)}: ${why}`, { status: 0, cause })
}

function describe(asked: Asked): string {
  const name = [asked.namespace, asked.name].filter((part) => part !== undefined).join('/')
  return `${asked.verb} ${asked.resource}${name === '' ? '' : ` ${name}`}`
}

/**
 * The server's own words, except where they may quote what was sent: older servers repeat a part of a body that they cannot
 * decode, and validation repeats values. For Secrets only the fields concerned are named.
 */
function explanation(body: Status | undefined, asked: Asked): string {
  if (body === undefined) return ''
  if (asked.resource === 'secrets' && (body.code === 400 || body.code === 422)) {
    const fields = (body.details?.causes ?? []).map((cause) => `${cause.field ?? '?'} (${cause.reason ?? 'invalid'})`)
    return fields.length === 0 ? '' : `: ${fields.join(', ')}`
  }
  const message = (body.message ?? '').split(/, error found in #|\|\.\.\./)[0] ?? ''
  return message === '' ? '' : `: ${message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message}`
}

const MAX_MESSAGE = 1_024

function reasonFor(status: number): string {
  return REASONS[status] ?? (status >= 500 ? 'InternalError' : 'Unknown')
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}
