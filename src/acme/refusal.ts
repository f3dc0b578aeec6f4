import type { Instant } from '../lib/instant.ts'
import { AcmeError } from './acme-error.ts'
import type { AcmeErrorCode } from './acme-error.ts'
import { parseJson } from './json.ts'
import { linkTargets } from './link-targets.ts'
import { parseProblem, shortName } from './problem.ts'
import type { Problem } from './problem.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { AcmeReply } from './transport.ts'
import { webPage } from './web-page.ts'

/** The error that an answer outside 2xx stands for. */
export function refusalOf(reply: AcmeReply, now: Instant): AcmeError {
  const problem = problemIn(reply)
  const retryAfter = retryAfterOf(reply, now)
  return new AcmeError(codeOf(reply.status, problem), isRedirect(reply) ? REDIRECTED : UNEXPLAINED, {
    httpStatus: reply.status,
    ...(problem === undefined ? {} : { problem }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}

/** RFC 8555 §7.3.3: who is to agree to new terms finds the page in `instance`, and the terms themselves by a link. */
function problemIn(reply: AcmeReply): Problem | undefined {
  const problem = parseProblem(parseJson(reply.body))
  if (problem === undefined || shortName(problem) !== 'userActionRequired' || webPage(problem.instance) !== undefined) return problem
  const [terms] = linkTargets(reply.headers['link'], { from: reply.url, relation: 'terms-of-service' })
  return terms === undefined ? problem : { ...problem, instance: terms }
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
