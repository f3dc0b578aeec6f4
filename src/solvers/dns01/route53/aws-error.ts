import { OperatorError } from '../../../lib/operator-error.ts'
import { visibleText } from '../../../lib/visible-text.ts'

/** Whether AWS refused with this error. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name
}

/**
 * What the SDK threw, as a sentence: the name of the error and what AWS says of it. Only its first line: after that a refused signature is
 * explained by the whole request, session token included. Throws the reason of a signal that is aborted.
 */
export function asOperatorError(error: unknown, asked: string, signal: AbortSignal): OperatorError {
  signal.throwIfAborted()
  const ours = operatorErrorIn(error)
  if (ours !== undefined) return ours
  const name = error instanceof Error ? error.name : 'Error'
  return new OperatorError(`dns01/${codeOf(name, statusOf(error))}`, visibleText(`AWS did not ${asked}: ${name}: ${textOf(error)}`))
}

/** The SDK passes on what our connection threw, as it is or as a cause. */
function operatorErrorIn(error: unknown): OperatorError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) if (at instanceof OperatorError) return at
  return undefined
}

const codes: Readonly<Record<string, string>> = {
  Throttling: 'rateLimited',
  ThrottlingException: 'rateLimited',
  TooManyRequestsException: 'rateLimited',
  RequestLimitExceeded: 'rateLimited',
  // The change before ours in the same zone is not done yet.
  PriorRequestNotComplete: 'rateLimited',
  NoSuchHostedZone: 'notFound',
  AccessDenied: 'credentials',
  AccessDeniedException: 'credentials',
  CredentialsProviderError: 'credentials',
  TokenProviderError: 'credentials',
  ExpiredToken: 'credentials',
  ExpiredTokenException: 'credentials',
  InvalidClientTokenId: 'credentials',
  InvalidIdentityToken: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  UnrecognizedClientException: 'credentials',
}

function codeOf(name: string, status: number): string {
  const known = codes[name]
  if (known !== undefined) return known
  if (status === 401 || status === 403) return 'credentials'
  if (status === 429) return 'rateLimited'
  return status >= 500 ? 'unavailable' : 'refused'
}

function statusOf(error: unknown): number {
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : undefined
  const status = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : 0
  return typeof status === 'number' ? status : 0
}

/** A refused batch has a message for each of its changes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed'
  const messages: unknown = 'messages' in error ? error.messages : undefined
  const texts = Array.isArray(messages) ? messages.filter((message) => typeof message === 'string') : []
  const text = texts.length === 0 ? error.message : texts.join('; ')
  return text.split('\n')[0] ?? ''
}
