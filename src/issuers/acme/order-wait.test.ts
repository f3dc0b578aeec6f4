import { expect, test } from 'vitest'
import { instant } from '../../lib/instant.ts'
import { limitReason, readWaitReason, waitReason } from './order-wait.ts'

test.each<[description: string, until: number | undefined, cause: string]>([
  ['ca.example cannot be reached, or the connection broke (ECONNREFUSED)', undefined, 'Outage'],
  ['503 the server gave no reason that ACME knows (no problem document)', 5_000, 'Outage'],
  ['429 urn:ietf:params:acme:error:rateLimited: too many orders', 5_000, 'RateLimit'],
  ['429 the server gave no reason that ACME knows (no problem document)', undefined, 'RateLimit'],
])('%s until %s is a wait for a CA with %s', (description, until, cause) => {
  const at = until === undefined ? undefined : instant(until)
  const why = waitReason(description, at)
  expect(readWaitReason(why)).toEqual({ cause, why, ...(at === undefined ? {} : { until: at }) })
})

test.each(['', 'waiting for proof of a.example', 'Failed to finalize the order: 403 urn:ietf:params:acme:error:caa: no'])(
  '%j is no wait for a CA',
  (reason) => expect(readWaitReason(reason)).toBeUndefined(),
)

test('keeping below the limits of a CA by ourselves is a wait for it, too', () => {
  const why = limitReason("The CA's limit for example.com is reached (50 at once, then one more every 3h22m0s)", instant(5_000))
  expect(why).toBe(
    "Waiting for the CA's limits until 1970-01-01T00:00:05Z: The CA's limit for example.com is reached (50 at once, then one more every 3h22m0s)",
  )
  expect(readWaitReason(why)).toEqual({ cause: 'RateLimit', why, until: instant(5_000) })
})
