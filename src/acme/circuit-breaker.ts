import type { Clock } from '../lib/clock.ts'
import type { Instant } from '../lib/instant.ts'
import { plus, SECOND } from '../lib/instant.ts'
import { AcmeError } from './acme-error.ts'
import type { AcmeReply, Transport } from './transport.ts'

/**
 * A transport that stops asking a CA which does not answer, so that its orders cost no worker a time limit each. After a few failures in
 * a row it fails at once for a while that grows to half a minute; then one request finds out for all the others.
 * An answer of any kind but 5xx closes it again.
 */
export function withCircuitBreaker(transport: Transport, clock: Clock): Transport {
  let failures = 0
  let openUntil: Instant | undefined
  let last = ''

  const failed = (why: string): void => {
    failures += 1
    last = why
    if (failures >= TOLERATED) openUntil = plus(clock.now(), Math.min(SECOND * 2 ** (failures - TOLERATED), LONGEST_OPEN))
  }
  const worked = (): void => {
    failures = 0
    openUntil = undefined
  }
  const refuseWhileOpen = (): void => {
    const now = clock.now()
    if (openUntil === undefined) return
    // The same words as before: a reason in a status that changed with each look would be a write with each look.
    if (now < openUntil) throw new AcmeError('acme/unreachable', last)
    // This request is the one that finds out; until it has, the others stay away.
    openUntil = plus(now, LONGEST_OPEN)
  }

  return {
    send: async (request, signal) => {
      refuseWhileOpen()
      try {
        const reply = await transport.send(request, signal)
        if (isOutage(reply)) failed(`${hostOf(request.url)} answers ${reply.status}`)
        else worked()
        return reply
      } catch (error) {
        if (error instanceof AcmeError) failed(error.message)
        else openUntil = openUntil === undefined ? undefined : clock.now() // aborted: the next one finds out
        throw error
      }
    },
    close: () => transport.close(),
  }
}

/** One lost connection is nothing; some in a row are an outage. */
const TOLERATED = 4
const LONGEST_OPEN = 30 * SECOND

function isOutage({ status }: AcmeReply): boolean {
  return status >= 500
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the CA'
}
