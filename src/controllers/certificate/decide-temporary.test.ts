import { expect, test } from 'vitest'
import { HOUR, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import { aCertificate, aNextKey, aRequest, aStoredSecret, aWorld, issued, issuingStatus, start } from './builders.ts'
import { decide } from './decide.ts'
import type { World } from './world.ts'

const now = plus(start, HOUR)
const issuing = (status: object = {}) => aCertificate({ status: issuingStatus({ nextPrivateKeySecretName: 'web-abcde', ...status }) })
const done = (world: World, at: Instant = now) =>
  decide(world, at)
    .actions.map((action) => action.do)
    .join()
const statusOf = (world: World, at: Instant) => {
  const action = decide(world, at).actions.find((one) => one.do === 'set-status')
  return action?.do === 'set-status' ? action.status : undefined
}

const temporaryWanted = (status: object = {}) => {
  const certificate = issuing(status)
  const annotations = { 'cert-manager.io/issue-temporary-certificate': 'true' }
  return { ...certificate, metadata: { ...certificate.metadata, annotations } }
}
const temporarySecret = aStoredSecret({ issuer: { name: '', kind: '', group: '' } })
const waiting = { nextKeys: [aNextKey('web-abcde')], requests: [aRequest()] }

test.each<[when: string, given: Partial<World>, then: string]>([
  ['there is no Secret', { certificate: temporaryWanted() }, 'store-temporary-certificate'],
  [
    'the Secret holds no pair',
    { certificate: temporaryWanted(), stored: aStoredSecret({ pair: { kind: 'incomplete', why: '' } }) },
    'store-temporary-certificate',
  ],
  ['a temporary certificate is there', { certificate: temporaryWanted(), stored: temporarySecret }, 'set-status'],
  ['a real certificate is in use', { certificate: temporaryWanted(), stored: aStoredSecret() }, 'set-status'],
  ['nobody asked for one', { certificate: issuing() }, 'set-status'],
])('while the issuer is waited for and %s', (_when, given, then) => {
  expect(done(aWorld({ ...waiting, ...given }))).toBe(then)
})

test('a temporary certificate makes nothing Ready, is no certificate for the status, and is replaced by the real one', () => {
  const world = aWorld({ ...waiting, certificate: temporaryWanted(), stored: temporarySecret })
  const status = statusOf(world, now)
  expect(status).toMatchObject({
    conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'False' })]) as unknown,
  })
  expect([status?.notAfter, status?.renewalTime]).toEqual([undefined, undefined])
  expect(done({ ...world, requests: [aRequest({ state: issued() })] })).toBe('store-key-pair')
})

test('after a failed issuance a temporary certificate starts the next one, and not before the back-off is over', () => {
  const certificate = aCertificate({ status: { lastFailureTime: toRfc3339(now), failedIssuanceAttempts: 1 } })
  const world = aWorld({ certificate, stored: temporarySecret })
  expect(decide(world, now).wakeAt).toBe(plus(now, HOUR))
  expect(decide(world, plus(now, HOUR)).actions[0]).toMatchObject({ step: { kind: 'start', reason: 'IncorrectIssuer' } })
})
