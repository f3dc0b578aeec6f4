import { asText, isRecord } from './json.ts'

/** Why a CA refused (RFC 8555 §6.7, RFC 7807). Its texts come from the network: show them through `describe` only. */
export interface Problem {
  /** The whole type, for example `urn:ietf:params:acme:error:rejectedIdentifier`. */
  readonly type: string
  readonly detail: string
  readonly status?: number
  readonly instance?: string
  /** One each for the identifiers that are at fault (RFC 8555 §6.7.1). */
  readonly subproblems: readonly Subproblem[]
}

export interface Subproblem {
  readonly type: string
  readonly detail: string
  /** The value of the identifier that it is about. */
  readonly identifier?: string
}

const ACME_ERROR = 'urn:ietf:params:acme:error:'

/** A problem document from the CA's answer, or from the `error` field of an order or challenge; undefined when it is none. */
export function parseProblem(value: unknown): Problem | undefined {
  if (!isRecord(value)) return undefined
  const type = asText(value['type'])
  if (type === undefined) return undefined

  const status = value['status']
  const instance = asText(value['instance'])
  const subproblems = Array.isArray(value['subproblems']) ? value['subproblems'] : []
  return {
    type,
    detail: asText(value['detail']) ?? asText(value['title']) ?? '',
    ...(Number.isInteger(status) ? { status: Number(status) } : {}),
    ...(instance === undefined ? {} : { instance }),
    subproblems: subproblems.map(parseSubproblem).filter((subproblem) => subproblem !== undefined),
  }
}

/** The last word of an ACME error type, such as `rateLimited`; undefined for a type that RFC 8555 §6.7 does not own. */
export function shortName(problem: Problem | Subproblem): string | undefined {
  if (!problem.type.startsWith(ACME_ERROR)) return undefined
  const name = problem.type.slice(ACME_ERROR.length)
  // The name becomes part of an error code and of metric labels, so a server may not put just anything there.
  return /^[A-Za-z0-9]{1,64}$/.test(name) ? name : undefined
}

function parseSubproblem(value: unknown): Subproblem | undefined {
  if (!isRecord(value)) return undefined
  const type = asText(value['type'])
  if (type === undefined) return undefined
  const identifier = isRecord(value['identifier']) ? asText(value['identifier']['value']) : undefined
  return { type, detail: asText(value['detail']) ?? '', ...(identifier === undefined ? {} : { identifier }) }
}
