import { expect, test } from 'vitest'
import type { CertificateRevocation } from '../../crds/certificate-revocation.ts'
import type { IssuerReading } from '../../issuers/issuer-reading.ts'
import { DAY, HOUR, instant, MINUTE, plus, toRfc3339 } from '../../lib/instant.ts'
import { seeded } from '../../lib/seeded.test-support.ts'
import { decide } from './decide.ts'
import { statusWith } from './status.ts'
import type { CertificateView, Target, TargetLeaf, World } from './world.ts'

const now = instant(Date.UTC(2026, 0, 1))
const leaf: TargetLeaf = { serialNumber: '0a', publicKeyFingerprint: 'key-1', notAfter: plus(now, 90 * DAY), der: new Uint8Array([1]) }
const captured: Target = { kind: 'captured', ...leaf }
const found: Target = { kind: 'found', ...leaf, issuerRef: { name: 'acme' }, certificateName: 'web' }
const acme = { kind: 'ready', type: 'acme', isLocal: false } as IssuerReading
const ca = { kind: 'ready', type: 'ca', isLocal: true } as IssuerReading
const first = { certificateRef: { name: 'web' }, reissue: 'First' } as const
const compromised = { ...first, reason: 'keyCompromise' } as const

const revocation = (spec: CertificateRevocation['spec'], status?: CertificateRevocation['status']): CertificateRevocation => ({
  apiVersion: 'certwright.dev/v1alpha1',
  kind: 'CertificateRevocation',
  metadata: { name: 'web', namespace: 'shop', creationTimestamp: toRfc3339(plus(now, -2 * HOUR)) },
  spec,
  ...(status === undefined ? {} : { status }),
})
const stored = (serialNumber: string, publicKeyFingerprint: string) => ({ serialNumber, publicKeyFingerprint })
const view = (more: Partial<CertificateView> = {}): CertificateView => ({
  name: 'web',
  isReady: true,
  isIssuing: false,
  stored: stored('0a', 'key-1'),
  failedAt: undefined,
  failure: '',
  ...more,
})
const aWorld = (more: Partial<World> = {}): World => ({
  revocation: revocation({ certificateRef: { name: 'web' } }),
  target: captured,
  issuer: acme,
  certificate: undefined,
  ...more,
})

test.each<[when: string, given: Partial<World>, then: string]>([
  ['there is no such certificate', { target: { kind: 'missing', why: 'none' } }, 'set-status CertificateNotFound'],
  ['it is found', { target: found, issuer: undefined }, 'set-status Pending'],
  ['it is remembered', {}, 'revoke'],
  ['it has expired', { target: { ...captured, notAfter: plus(now, -1) } }, 'set-status NotRevoked'],
  ['its issuer is a CA of ours', { issuer: ca }, 'set-status Unsupported'],
  ['its issuer is external', { issuer: { kind: 'foreign', what: 'X' } }, 'set-status Unsupported'],
  ['its issuer is gone', { issuer: { kind: 'missing', what: 'Issuer "acme"' } }, 'set-status IssuerNotReady'],
  ['a reissue comes first', { revocation: revocation(first), certificate: view() }, 'set-status Reissuing, reissue'],
  [
    'a reissue comes first and the CA revokes nothing',
    { revocation: revocation(first), certificate: view(), issuer: ca },
    'set-status Unsupported',
  ],
  ['the reissue is under way', { revocation: revocation(first), certificate: view({ isIssuing: true }) }, 'set-status Reissuing'],
  [
    'the new certificate is stored but not Ready',
    { revocation: revocation(first), certificate: view({ stored: stored('0b', 'key-2'), isReady: false }) },
    'set-status Reissuing, reissue',
  ],
  ['the new certificate is there', { revocation: revocation(first), certificate: view({ stored: stored('0b', 'key-1') }) }, 'revoke'],
  [
    'the new certificate has the key that is compromised',
    { revocation: revocation(compromised), certificate: view({ stored: stored('0b', 'key-1') }) },
    'set-status Reissuing, reissue',
  ],
  [
    'the new certificate has another key',
    { revocation: revocation(compromised), certificate: view({ stored: stored('0b', 'key-2') }) },
    'revoke',
  ],
  [
    'the reissue failed a moment ago',
    { revocation: revocation(first), certificate: view({ failedAt: plus(now, -MINUTE), failure: 'no' }) },
    'set-status Reissuing',
  ],
  [
    'the reissue failed an hour ago',
    { revocation: revocation(first), certificate: view({ failedAt: plus(now, -HOUR) }) },
    'set-status Reissuing, reissue',
  ],
  [
    'an issuance had failed before anybody asked',
    { revocation: revocation(first), certificate: view({ failedAt: plus(now, -3 * HOUR) }) },
    'set-status Reissuing, reissue',
  ],
  ['the Certificate is gone', { revocation: revocation(first), certificate: undefined }, 'revoke'],
])('when %s', (_when, given, then) => {
  const actions = decide(aWorld(given), now).actions.map((action) =>
    action.do === 'set-status' ? `${action.do} ${action.news.reason}` : action.do,
  )
  expect(actions.join(', ')).toBe(then)
})

test.each(['Unsupported', 'Refused', 'NotRevoked'])('the answer %s is the last word', (reason) => {
  const status = statusWith(undefined, { reason, message: '' }, now)
  expect(decide(aWorld({ revocation: revocation(first, status) }), now).actions).toEqual([])
})

test.each(Array.from({ length: 100 }, (_, seed) => seed))(
  'a compromised key is replaced, then revoked once, although the operator crashes, answers are lost and issuances fail (seed %i)',
  (seed) => {
    const random = seeded(seed)
    const model = {
      status: undefined as CertificateRevocation['status'],
      web: view(),
      isRevoked: false,
      revokedBeforeReplacement: false,
      serial: 10,
    }
    let at = now
    for (let step = 0; step < 300 && model.status?.revokedAt === undefined; step += 1) {
      const target = model.status?.serialNumber === undefined ? found : captured
      const { actions, wakeAt } = decide(aWorld({ revocation: revocation(compromised, model.status), target, certificate: model.web }), at)
      for (const action of actions) {
        if (random() < 0.2) break // kill -9 before the effect
        if (action.do === 'set-status') model.status = action.status
        if (action.do === 'reissue') model.web = { ...model.web, isIssuing: true }
        if (action.do === 'revoke') {
          model.isRevoked = true
          model.revokedBeforeReplacement ||= model.web.stored?.publicKeyFingerprint === 'key-1'
          if (random() < 0.5) model.status = statusWith(model.status, { reason: 'Revoked', message: '', revokedAt: at }, at) // else the answer is lost
        }
      }
      at = wakeAt ?? plus(at, MINUTE)
      if (model.web.isIssuing && random() < 0.6) {
        model.serial += 1
        const isFailing = random() < 0.3
        // A renewal that was under way already may bring a certificate for the old key.
        const key = random() < 0.2 ? 'key-1' : 'key-2'
        model.web = isFailing
          ? { ...model.web, isIssuing: false, failedAt: at, failure: 'no' }
          : { ...model.web, isIssuing: false, failedAt: undefined, stored: stored(model.serial.toString(16), key) }
      }
    }
    expect(model).toMatchObject({ isRevoked: true, revokedBeforeReplacement: false, status: { serialNumber: '0a' } })
    expect(model.status?.revokedAt).toBeDefined()
  },
)
