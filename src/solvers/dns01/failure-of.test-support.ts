import { OperatorError } from '../../lib/operator-error.ts'

/** What an attempt that must fail has failed with. */
export async function failureOf(attempt: Promise<unknown>): Promise<OperatorError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof OperatorError) return error
  throw new Error('expected an OperatorError', { cause: error })
}
