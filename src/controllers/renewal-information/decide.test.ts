import { expect, test } from 'vitest'
import type { Certificate } from '../../crds/certificate.ts'
import { DAY, HOUR, instant, MINUTE, plus } from '../../lib/instant.ts'
import { decide } from './decide.ts'
import type { World } from './world.ts'

const now = instant(Date.UTC(2026, 0, 10))
const certificate: Certificate = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: 'web', namespace: 'shop', uid: 'uid-web' },
  spec: { secretName: 'web', issuerRef: { name: 'acme' } },
}
const told: Certificate = { ...certificate, status: { acme: { ari: {} } } }
const leaf = { certId: 'aki.serial', notBefore: plus(now, -9 * DAY), notAfter: plus(now, 81 * DAY) }
const world = (parts: Partial<World>): World => ({ certificate, ca: { kind: 'asked' }, leaf, known: undefined, asked: undefined, ...parts })
const asked = (agoMs: number, inMs: number) => ({ at: plus(now, -agoMs), nextAt: plus(now, inMs) })

test.each<[when: string, given: Partial<World>, then: string, wakeAt: number | undefined]>([
  ['the CA was never asked, it is', {}, 'ask', now],
  ['it was asked an hour ago, it is left alone until it wants to be asked', { asked: asked(HOUR, 5 * HOUR) }, '', plus(now, 5 * HOUR)],
  ['the time has come, it is asked again', { asked: asked(6 * HOUR, 0) }, 'ask', now],
  ['the answer is older than the certificate, it is asked again', { asked: asked(10 * DAY, HOUR) }, 'ask', now],
  [
    'the clock of the CA is ahead, the certificate is not asked about over and over',
    { leaf: { ...leaf, notBefore: plus(now, MINUTE) }, asked: asked(0, HOUR) },
    '',
    plus(now, HOUR),
  ],
  ['there is no certificate, nothing is asked', { leaf: undefined }, '', undefined],
  ['the certificate has expired, it is not asked about any more', { leaf: { ...leaf, notAfter: plus(now, -1) } }, '', undefined],
  ['the issuer uses no renewal information, there is nothing to ask', { ca: { kind: 'none', why: 'no' } }, '', undefined],
  ['it did so before, what is known goes away', { ca: { kind: 'none', why: 'no' }, certificate: told }, 'clear', undefined],
  ['the issuer cannot be asked now, what is known stays', { ca: { kind: 'waiting', why: 'gone' }, certificate: told }, '', undefined],
  ['the CA suggests nothing, it is left alone', { ca: { kind: 'silent', until: plus(now, HOUR) } }, '', plus(now, HOUR)],
  [
    'it suggested something before, that goes away',
    { ca: { kind: 'silent', until: plus(now, HOUR) }, certificate: told },
    'clear',
    plus(now, HOUR),
  ],
  ['it was silent long enough, it is asked again', { ca: { kind: 'silent', until: now } }, 'ask', now],
  [
    'the Certificate is being deleted, nothing is done',
    { certificate: { ...told, metadata: { ...certificate.metadata, deletionTimestamp: '2026-01-10T00:00:00Z' } } },
    '',
    undefined,
  ],
])('when %s', (_when, given, then, wakeAt) => {
  const plan = decide(world(given), now)
  expect(plan.actions.map((action) => action.do).join()).toBe(then)
  expect(plan.wakeAt).toBe(wakeAt)
})
