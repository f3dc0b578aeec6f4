import { expect, test } from 'vitest'
import type { Certificate } from '../../crds/certificate.ts'
import type { IssuerReading } from '../../issuers/issuer-reading.ts'
import { DAY, instant, MINUTE, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { CertificateReading } from '../../pki/certificate.ts'
import { decide } from './decide.ts'
import type { Target, World } from './world.ts'

const now = instant(Date.UTC(2026, 0, 1))
const certificate = (deletedAt?: Instant): Certificate => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: 'web', namespace: 'shop', ...(deletedAt === undefined ? {} : { deletionTimestamp: toRfc3339(deletedAt) }) },
  spec: { secretName: 'web', issuerRef: { name: 'acme' } },
})
const leaf = (notAfter: Instant): CertificateReading => ({ serialNumber: '0a', notAfter }) as CertificateReading
const target = (more: Partial<Extract<Target, { kind: 'ok' }>> = {}): Target => ({
  kind: 'ok',
  leaf: leaf(plus(now, DAY)),
  issuer: { kind: 'ready', type: 'acme' } as IssuerReading,
  ...more,
})
const going: Partial<World> = { certificate: certificate(now), hasFinalizer: true }

test.each<[when: string, given: Partial<World>, then: string]>([
  ['it is wanted and the finalizer is missing', {}, 'add-finalizer'],
  ['it is wanted and the finalizer is there', { hasFinalizer: true }, ''],
  ['it is no longer wanted', { hasFinalizer: true, isWanted: false }, 'remove-finalizer'],
  ['it never was wanted', { isWanted: false }, ''],
  ['it goes without the finalizer', { certificate: certificate(now) }, ''],
  ['it goes', { ...going, target: target() }, 'revoke, remove-finalizer'],
  ['it goes and is no longer wanted', { ...going, isWanted: false }, 'remove-finalizer'],
  [
    'it goes without ever having been issued',
    { ...going, target: { kind: 'missing', why: 'no certificate' } },
    'announce, remove-finalizer',
  ],
  ['it goes long after it expired', { ...going, target: target({ leaf: leaf(plus(now, -1)) }) }, 'announce, remove-finalizer'],
  [
    'it goes after its issuer',
    { ...going, target: target({ issuer: { kind: 'missing', what: 'Issuer "acme"' } }) },
    'announce, remove-finalizer',
  ],
  [
    'its issuer is not Ready just now',
    { ...going, target: target({ issuer: { kind: 'not-ready', what: 'Issuer "acme"', why: 'no answer' } }) },
    '',
  ],
  [
    'its issuer is a CA of ours',
    { ...going, target: target({ issuer: { kind: 'ready', type: 'ca' } as IssuerReading }) },
    'announce, remove-finalizer',
  ],
  [
    'it has been tried for nine minutes',
    { ...going, certificate: certificate(plus(now, -9 * MINUTE)), target: target() },
    'revoke, remove-finalizer',
  ],
  [
    'it has been tried for ten minutes',
    { ...going, certificate: certificate(plus(now, -10 * MINUTE)), target: target() },
    'announce, remove-finalizer',
  ],
])('when %s', (_when, given, then) => {
  const world: World = { certificate: certificate(), isWanted: true, hasFinalizer: false, target: undefined, ...given }
  expect(
    decide(world, now)
      .actions.map((action) => action.do)
      .join(', '),
  ).toBe(then)
})
