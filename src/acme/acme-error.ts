import type { Instant } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'
import type { Retry } from '../lib/operator-error.ts'
import { visibleText } from '../lib/visible-text.ts'
import { shortName } from './problem.ts'
import type { Problem } from './problem.ts'
import { webPage } from './web-page.ts'

/**
 * A call to a CA that failed. `code` is `acme/` and the short name of the problem (`acme/rateLimited`), or one of `acme/unreachable`,
 * `acme/tls`, `acme/timeout`, `acme/protocol` (the answer makes no sense), `acme/invalidUrl` (that of the directory),
 * `acme/unsupported` (the CA does not offer it, or the key is of no use).
 */
export class AcmeError extends OperatorError {
  readonly httpStatus: number | undefined
  readonly problem: Problem | undefined
  readonly retryAfter: Instant | undefined

  constructor(code: AcmeErrorCode, message: string, facts: AcmeErrorFacts = {}) {
    const failure = { code, httpStatus: facts.httpStatus, problem: facts.problem }
    super(code, describeFailure({ ...failure, message }), { retry: retryFor(verdictOf(failure), facts.retryAfter), cause: facts.cause })
    this.httpStatus = facts.httpStatus
    this.problem = facts.problem
    this.retryAfter = facts.retryAfter
  }
}

export type AcmeErrorCode = `acme/${string}`

export interface AcmeErrorFacts {
  readonly httpStatus?: number
  readonly problem?: Problem
  readonly retryAfter?: Instant
  readonly cause?: unknown
}

/**
 * What a failed call means for the order it was about:
 * - `later`: nothing is lost, the order stays; ask again as `retry` says.
 * - `not-ready`: finalized too early; read the order again.
 * - `unknown-order`: the CA does not have (any more) what the URL names.
 * - `unknown-account`: the CA has no account for this key.
 * - `already-replaced`: `replaces` names a certificate that has its successor (RFC 9773 §5); ask again without it.
 * - `refused`: the CA said no, and would again.
 */
export type Verdict = 'later' | 'not-ready' | 'unknown-order' | 'unknown-account' | 'already-replaced' | 'refused'

/** The one table of what an error means. Only a problem document of the CA itself can cost an order, never a proxy's error page. */
export function verdictOf(error: {
  readonly code: string
  readonly httpStatus: number | undefined
  readonly problem: Problem | undefined
}): Verdict {
  if (error.httpStatus === undefined) return localVerdicts[error.code] ?? 'later'
  if (isPassing(error.httpStatus)) return 'later'

  const name = error.problem === undefined ? undefined : shortName(error.problem)
  if (name === undefined) return 'later'
  const verdict = problemVerdicts[name]
  if (verdict !== undefined) return verdict
  // CAs tell of a missing resource by 404 with type malformed; the same type with 400 is a refusal.
  return error.httpStatus === 404 || error.httpStatus === 410 ? 'unknown-order' : 'refused'
}

/** Whether the account may be the reason: the CA does not know it, or it is deactivated (RFC 8555 §7.3.6). */
export function isAboutAccount(error: AcmeError): boolean {
  return verdictOf(error) === 'unknown-account' || error.code === 'acme/unauthorized'
}

/**
 * For conditions and `Order.status.reason`: the HTTP status and the whole problem type first, for example
 * `400 urn:ietf:params:acme:error:rejectedIdentifier: …`. One line, at most 400 characters, nothing invisible, never a raw body.
 */
export function describe(error: AcmeError): string {
  return error.message
}

/** The same for the problem of an order, an authorization or a challenge. */
export function describeProblem(problem: Problem): string {
  const status = problem.status === undefined ? '' : `${problem.status} `
  const parts = problem.subproblems.map((part) => `${part.identifier === undefined ? '' : `${part.identifier}: `}${part.detail}`)
  const page = pageOf(problem)
  return visibleText(`${status}${problem.type}: ${[...(page === undefined ? [] : [`see ${page}`]), problem.detail, ...parts].join('; ')}`)
}

/** RFC 8555 §7.3.3: where people have to do something, such as to agree to new terms, is in `instance`. Shown as a web address only. */
function pageOf(problem: Problem): string | undefined {
  return shortName(problem) === 'userActionRequired' ? webPage(problem.instance) : undefined
}

const localVerdicts: Readonly<Record<string, Verdict>> = {
  'acme/unsupported': 'refused',
  'acme/invalidUrl': 'refused',
  'acme/accountDoesNotExist': 'unknown-account',
}

const problemVerdicts: Readonly<Record<string, Verdict>> = {
  badNonce: 'later',
  rateLimited: 'later',
  serverInternal: 'later',
  // As the answer to a request (not the error of a challenge) these say that the CA itself could not look something up just now.
  connection: 'later',
  dns: 'later',
  // RFC 8555 §7.3.3: until somebody has agreed to the new terms; an order need not be lost for it.
  userActionRequired: 'later',
  orderNotReady: 'not-ready',
  accountDoesNotExist: 'unknown-account',
  alreadyReplaced: 'already-replaced',
}

/** Too Many Requests, Request Timeout, Too Early, and whatever is the server's own fault. */
function isPassing(httpStatus: number): boolean {
  return httpStatus === 429 || httpStatus === 408 || httpStatus === 425 || httpStatus >= 500
}

function retryFor(verdict: Verdict, retryAfter: Instant | undefined): Retry {
  if (verdict !== 'later' && verdict !== 'not-ready') return { kind: 'never' }
  return retryAfter === undefined ? { kind: 'backoff' } : { kind: 'at', at: retryAfter }
}

function describeFailure(failure: {
  readonly httpStatus: number | undefined
  readonly problem: Problem | undefined
  readonly message: string
}): string {
  const { httpStatus, problem, message } = failure
  if (problem !== undefined) return describeProblem(httpStatus === undefined ? problem : { ...problem, status: httpStatus })
  return visibleText(httpStatus === undefined ? message : `${httpStatus} ${message}`)
}
