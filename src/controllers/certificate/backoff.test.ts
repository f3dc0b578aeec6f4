import { expect, test } from 'vitest'

import { HOUR, plus, toRfc3339 } from '../../lib/instant.ts'
import { backoffUntil } from './backoff.ts'
import { aCertificate, aWorld, start } from './builders.ts'

const { settings } = aWorld()

test.each<[failures: number | undefined, minimum: number, maximum: number, hours: number | undefined]>([
  [undefined, 1, 32, 1],
  [0, 1, 32, 1],
  [1, 1, 32, 1],
  [3, 1, 32, 4],
  [7, 1, 32, 32],
  [2_000, 1, 32, 32],
  [1, 2, 1, 2],
  [5, 2, 1, 2],
  [3, 0, 32, undefined],
])('after %s failures, with %s to %s hours of back-off, the rest has %s hours', (failures, minimum, maximum, hours) => {
  const status = { lastFailureTime: toRfc3339(start), ...(failures === undefined ? {} : { failedIssuanceAttempts: failures }) }
  const world = aWorld({
    certificate: aCertificate({ status }),
    settings: { ...settings, minimumBackoff: minimum * HOUR, maximumBackoff: maximum * HOUR },
  })
  expect(backoffUntil(world)).toBe(hours === undefined ? undefined : plus(start, hours * HOUR))
})
