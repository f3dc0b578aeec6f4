import type { Instant } from '../lib/instant.ts'
import { AcmeError } from './acme-error.ts'
import type { AcmeErrorCode } from './acme-error.ts'
import { parseJson } from './json.ts'
import { parseProblem, shortName } from './problem.ts'
import type { Problem } from './problem.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { AcmeReply } from './transport.ts'

/** The error that an answer outside 2xx stands for. */
export function refusalOf(reply: AcmeReply, now: Instant): AcmeError {
  const problem = parseProblem(parseJson(reply.body))
  const retryAfter = retryAfterOf(reply, now)
  return new AcmeError(codeOf(reply.status, problem), isRedirect(reply) ? REDIRECTED : UNEXPLAINED, {
    httpStatus: reply.status,
    ...(problem === undefined ? {} : { problem }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}

/** When the CA wants to be asked again. */
export function retryAfterOf(reply: AcmeReply, now: Instant): Instant | undefined {
  return parseRetryAfter(headerOf(reply, 'retry-after'), now)
}

/** The value of a header that may stand once. */
export function headerOf(reply: AcmeReply, name: string): string | undefined {
  const value = reply.headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

const REDIRECTED = 'the server redirects to another place, which is not followed'
const UNEXPLAINED = 'the server gave no reason that ACME knows (no problem document)'

function isRedirect(reply: AcmeReply): boolean {
  return reply.status >= 300 && reply.status <= 399
}

function codeOf(status: number, problem: Problem | undefined): AcmeErrorCode {
  const name = problem === undefined ? undefined : shortName(problem)
  if (name !== undefined) return `acme/${name}`
  if (status === 429) return 'acme/rateLimited'
  return status >= 500 ? 'acme/serverInternal' : 'acme/protocol'
}
