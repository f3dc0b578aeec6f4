import { OperatorError } from '../../lib/operator-error.ts'

const MOST_TRIES = 5

/**
 * Reads, changes and writes until nobody else has written in between; `attempt` tells whether it was so. Others are few: our own writers
 * to one name wait for each other. Throws when `what` never comes to rest.
 */
export async function optimistically(what: string, attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) if (await attempt()) return
  throw new OperatorError(
    'dns01/contended',
    `${what} was changed by somebody else ${MOST_TRIES} times in a row while we tried to change it`,
  )
}
