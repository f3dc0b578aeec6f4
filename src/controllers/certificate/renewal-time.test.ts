import { expect, test } from 'vitest'
import { DAY, HOUR, instant, MINUTE, SECOND } from '../../lib/instant.ts'
import { renewalTime, type Validity } from './renewal-time.ts'
import type { RenewalPolicy } from './wanted.ts'

/** A certificate that was issued at 0. */
const issuedNow = (notAfter: number, backdatedBy = 0): Validity => ({
  notBefore: instant(-backdatedBy),
  notAfter: instant(notAfter),
  issuedAt: instant(0),
})
const before = (milliseconds: number): RenewalPolicy => ({ kind: 'before', milliseconds })

test.each<[when: string, validity: Validity, policy: RenewalPolicy, at: number | undefined]>([
  ['nothing else is said, after two thirds of its lifetime', issuedNow(90 * DAY), { kind: 'default' }, 60 * DAY],
  ['it is backdated, after two thirds of the whole lifetime', issuedNow(90 * DAY, HOUR), { kind: 'default' }, 60 * DAY - 20 * MINUTE],
  ['renewBefore is given, so long before it expires', issuedNow(90 * DAY), before(10 * DAY), 80 * DAY],
  ['renewBefore is no less than its lifetime, as by default', issuedNow(3 * HOUR), before(3 * HOUR), 2 * HOUR],
  ['a percentage is given, so much of it before it expires', issuedNow(10 * HOUR), { kind: 'percentage', percentage: 10 }, 9 * HOUR],
  ['renewal is disabled, never', issuedNow(90 * DAY), { kind: 'disabled' }, undefined],
  ['renewBefore reaches behind its issuance, after two thirds of what is left', issuedNow(3 * MINUTE, HOUR), before(HOUR), 2 * MINUTE],
  ['its CA ends in three seconds, not at once', issuedNow(3 * SECOND), { kind: 'default' }, 5 * SECOND],
  [
    'the time of its issuance is not known, by its dates alone',
    { notBefore: instant(-HOUR), notAfter: instant(3 * MINUTE) },
    before(HOUR),
    -57 * MINUTE,
  ],
])('when %s', (_when, validity, policy, at) => {
  expect(renewalTime(validity, policy)).toBe(at)
})
