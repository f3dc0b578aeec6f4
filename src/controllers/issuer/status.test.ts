import { expect, test } from 'vitest'
import type { Issuer, IssuerStatus } from '../../crds/issuer.ts'
import type { SetupCondition } from '../../issuers/signer.ts'
import { instant, toRfc3339 } from '../../lib/instant.ts'
import { statusAfter } from './status.ts'

const RECORD = 'certwright.dev/DNSPersist01'
const before = toRfc3339(instant(1_000_000))
const now = instant(2_000_000)
const ready = { type: 'Ready', status: 'True', reason: 'R', message: 'm', lastTransitionTime: before, observedGeneration: 1 } as const
const told = { type: RECORD, status: 'True', reason: 'RecordKnown', message: 'create it' } as const
const record = { ...told, lastTransitionTime: before, observedGeneration: 1 }
const foreign = { type: 'example.com/Audited', status: 'True', lastTransitionTime: before } as const

function after(conditions: NonNullable<IssuerStatus['conditions']>, found?: readonly SetupCondition[]) {
  const issuer: Issuer = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Issuer',
    metadata: { name: 'le', generation: 1 },
    spec: {},
    status: { conditions },
  }
  const outcome = { ready: true, reason: 'R', message: 'm', ...(found === undefined ? {} : { conditions: found }) }
  return statusAfter(issuer, outcome, now).conditions
}

test('what a check tells beside Ready is added', () => {
  expect(after([ready, foreign], [told])).toEqual([ready, foreign, { ...record, lastTransitionTime: toRfc3339(now) }])
})

test('what it tells again changes nothing', () => {
  expect(after([ready, record, foreign], [told])).toEqual([ready, record, foreign])
})

test('other words keep the time, another status does not', () => {
  expect(after([ready, record], [{ ...told, message: 'create another' }])).toEqual([ready, { ...record, message: 'create another' }])
  expect(after([ready, record], [{ ...told, status: 'False' }])?.at(1)).toMatchObject({ lastTransitionTime: toRfc3339(now) })
})

test.each([[undefined], [[]]])('what it no longer tells is taken away, and conditions of others stay: %j', (found) => {
  expect(after([record, foreign, ready], found)).toEqual([foreign, ready])
})
