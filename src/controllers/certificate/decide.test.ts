import { expect, test } from 'vitest'
import { DAY, HOUR, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import { aCertificate, aNextKey, aRequest, aStoredSecret, aWorld, issued, issuingStatus, start, wanted } from './builders.ts'
import { decide } from './decide.ts'
import type { World } from './world.ts'

const now = plus(start, HOUR)
const issuing = (status: object = {}) => aCertificate({ status: issuingStatus({ nextPrivateKeySecretName: 'web-abcde', ...status }) })
const done = (world: World, at: Instant = now) =>
  decide(world, at)
    .actions.map((action) => action.do)
    .join()

test.each<[when: string, given: Partial<World>, then: string]>([
  ['nothing exists yet', {}, 'set-status'],
  ['Issuing names a key that is not there', { certificate: issuing() }, 'create-next-key'],
  ['Issuing was set from outside', { certificate: aCertificate({ status: issuingStatus() }) }, 'set-status'],
  ['the name of the next key belongs to a Secret of somebody else', { certificate: issuing(), isNextKeyNameTaken: true }, 'set-status'],
  ['the key exists', { certificate: issuing(), nextKeys: [aNextKey('web-abcde')] }, 'create-request'],
  [
    'the key does not parse',
    { certificate: issuing(), nextKeys: [{ name: 'web-abcde', uid: 'u', key: { kind: 'unreadable', why: '' } }] },
    'delete-next-key',
  ],
  [
    'the key no longer fits the spec',
    { certificate: issuing(), nextKeys: [aNextKey('web-abcde', { fitsSpec: false })] },
    'delete-next-key',
  ],
  ['there are two keys', { certificate: issuing(), nextKeys: [aNextKey('web-abcde'), aNextKey('web-zzzzz')] }, 'delete-next-key'],
  [
    'the request failed',
    {
      certificate: issuing(),
      nextKeys: [aNextKey('web-abcde')],
      requests: [aRequest({ state: { kind: 'failed', reason: 'Failed', message: 'no', failedAt: now } })],
    },
    'set-status',
  ],
  [
    'the request failed in an earlier attempt',
    {
      certificate: issuing(),
      nextKeys: [aNextKey('web-abcde')],
      requests: [aRequest({ state: { kind: 'failed', reason: 'Failed', message: 'no', failedAt: plus(start, -HOUR) } })],
    },
    'delete-request',
  ],
  [
    'the request was made with another key',
    {
      certificate: issuing(),
      nextKeys: [aNextKey('web-abcde', { publicKeyFingerprint: 'key-2' })],
      requests: [aRequest({ state: issued() })],
    },
    'delete-request',
  ],
  [
    'the spec changed since the request',
    { certificate: issuing(), nextKeys: [aNextKey('web-abcde')], requests: [aRequest({ violations: ['spec.dnsNames'] })] },
    'delete-request',
  ],
  [
    'a request has no revision',
    { certificate: issuing(), nextKeys: [aNextKey('web-abcde')], requests: [aRequest({ name: 'odd', revision: undefined })] },
    'delete-request',
  ],
  [
    'the certificate was issued',
    { certificate: issuing(), nextKeys: [aNextKey('web-abcde')], requests: [aRequest({ state: issued() })] },
    'store-key-pair',
  ],
  [
    'the issued pair is stored',
    { certificate: issuing(), nextKeys: [aNextKey('web-abcde')], requests: [aRequest({ state: issued() })], stored: aStoredSecret() },
    'set-status',
  ],
  [
    'the issuer returned a certificate for another key',
    { certificate: issuing(), nextKeys: [aNextKey('web-abcde')], requests: [aRequest({ state: issued('key-9') })] },
    'set-status',
  ],
  [
    'the Certificate is being deleted',
    { certificate: { ...aCertificate(), metadata: { ...aCertificate().metadata, deletionTimestamp: toRfc3339(start) } } },
    '',
  ],
])('when %s', (_when, given, then) => {
  expect(done(aWorld(given))).toBe(then)
})

test('a next key whose name is taken gets another name, and the same one each time', () => {
  const world = aWorld({ certificate: issuing(), isNextKeyNameTaken: true })
  const [action] = decide(world, now).actions
  const name = action?.do === 'set-status' ? action.status.nextPrivateKeySecretName : undefined
  expect(name).toMatch(/^web-[a-z0-9]{5}$/)
  expect(name).not.toBe('web-abcde')
  expect(decide(world, plus(now, HOUR)).actions[0]).toMatchObject({ status: { nextPrivateKeySecretName: name } })
})

test('a pending request is waited for without any action once the status says so', () => {
  const world = aWorld({ certificate: issuing(), nextKeys: [aNextKey('web-abcde')], requests: [aRequest()] })
  const first = decide(world, now)
  expect(first.actions.map((action) => action.do)).toEqual(['set-status']) // Ready=False is told
  const status = first.actions[0]?.do === 'set-status' ? first.actions[0].status : {}
  expect(decide({ ...world, certificate: { ...world.certificate, status } }, now).actions).toEqual([])
})

test('the first status write starts the issuance, says not ready, and names the key before it exists', () => {
  const [action] = decide(aWorld(), now).actions
  expect(action).toMatchObject({
    do: 'set-status',
    status: {
      nextPrivateKeySecretName: expect.stringMatching(/^web-[a-z0-9]{5}$/) as string,
      conditions: [
        { type: 'Ready', status: 'False', reason: 'DoesNotExist' },
        { type: 'Issuing', status: 'True', reason: 'DoesNotExist' },
      ],
    },
  })
})

test('the write that ends an issuance clears what belonged to it and says Ready at once', () => {
  const certificate = issuing({ lastFailureTime: toRfc3339(start), failedIssuanceAttempts: 2, revision: 4 })
  const world = aWorld({
    certificate,
    nextKeys: [aNextKey('web-abcde')],
    requests: [aRequest({ name: 'web-5', revision: 5, state: issued() })],
    stored: aStoredSecret(),
  })
  const [action] = decide(world, now).actions
  expect(action?.do === 'set-status' ? action.status : undefined).toEqual({
    revision: 5,
    notBefore: toRfc3339(start),
    notAfter: toRfc3339(plus(start, 90 * DAY)),
    renewalTime: toRfc3339(plus(start, 60 * DAY)),
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Ready',
        message: 'Certificate is up to date and has not expired',
        lastTransitionTime: toRfc3339(now),
        observedGeneration: 1,
      },
    ],
  })
})

test('a failure is counted, dated and explained', () => {
  const state = { kind: 'failed', reason: 'Failed', message: 'the CA said no', failedAt: now } as const
  const world = aWorld({
    certificate: issuing({ failedIssuanceAttempts: 1 }),
    nextKeys: [aNextKey('web-abcde')],
    requests: [aRequest({ state })],
  })
  const [action] = decide(world, now).actions
  const status = action?.do === 'set-status' ? action.status : {}
  expect(status).toMatchObject({ lastFailureTime: toRfc3339(now), failedIssuanceAttempts: 2 })
  expect(status.nextPrivateKeySecretName).toBeUndefined()
  expect(status.conditions?.find(({ type }) => type === 'Issuing')).toMatchObject({
    status: 'False',
    reason: 'Failed',
    message: expect.stringContaining('the CA said no') as string,
  })
})

test.each<[failures: number, hours: number]>([
  [1, 1],
  [2, 2],
  [3, 4],
  [6, 32],
  [40, 32],
])('after %d failures it rests for %d hours', (failures, hours) => {
  const certificate = aCertificate({ status: { lastFailureTime: toRfc3339(start), failedIssuanceAttempts: failures } })
  const until = plus(start, hours * HOUR)
  expect(decide(aWorld({ certificate }), plus(until, -1)).wakeAt).toBe(until)
  expect(done(aWorld({ certificate }), plus(until, -1))).not.toContain('create')
  const [action] = decide(aWorld({ certificate }), until).actions
  expect(action).toMatchObject({ do: 'set-status', step: { kind: 'start' } })
})

test('an edited spec does not wait for the back-off of the request that failed before', () => {
  const certificate = aCertificate({ status: { lastFailureTime: toRfc3339(now), failedIssuanceAttempts: 3 } })
  const world = aWorld({
    certificate,
    requests: [aRequest({ violations: ['spec.dnsNames'], state: { kind: 'failed', reason: 'Failed', message: '', failedAt: now } })],
  })
  expect(decide(world, now).actions[0]).toMatchObject({ step: { kind: 'start' } })
})

test.each<[why: string, stored: World['stored'], reason: string]>([
  ['the Secret is gone', undefined, 'DoesNotExist'],
  ['the Secret lost its key', aStoredSecret({ pair: { kind: 'incomplete', why: 'holds no private key' } }), 'MissingData'],
  [
    'key and certificate do not belong together',
    aStoredSecret({ pair: { kind: 'broken', reason: 'InvalidKeyPair', why: '' } }),
    'InvalidKeyPair',
  ],
  ['another issuer made it', aStoredSecret({ issuer: { name: 'old', kind: '', group: '' } }), 'IncorrectIssuer'],
  ['it was made for another Certificate', aStoredSecret({ certificateName: 'other' }), 'IncorrectCertificate'],
  ['renewal is due', aStoredSecret({ notBefore: plus(now, -61 * DAY) }), 'Renewing'],
])('it issues anew when %s', (_why, stored, reason) => {
  const [action] = decide(aWorld({ certificate: aCertificate({ status: { revision: 1 } }), stored }), now).actions
  expect(action).toMatchObject({ do: 'set-status', step: { kind: 'start', reason } })
})

test('Ready turns False at the moment of expiry, and it is woken for that', () => {
  const stored = aStoredSecret({ lifetime: 90 * DAY })
  const noRenewal = { ...wanted, renewal: { kind: 'disabled' } as const }
  const world = aWorld({ certificate: aCertificate({ status: { revision: 1 } }), stored, wanted: noRenewal })
  const expiry = plus(start, 90 * DAY)
  expect(decide(world, now).wakeAt).toBe(plus(expiry, 1))
  const [action] = decide(world, plus(expiry, 1)).actions
  expect(action?.do === 'set-status' ? action.status.conditions?.[0] : undefined).toMatchObject({
    type: 'Ready',
    status: 'False',
    reason: 'Expired',
  })
})

test('a label that the user took off the Secret is put back without a new certificate', () => {
  const certificate = aCertificate({ spec: { secretTemplate: { labels: { team: 'shop' } } }, status: { revision: 1 } })
  expect(done(aWorld({ certificate, stored: aStoredSecret() }))).toBe('repair-secret')
})

test('a label that the template no longer has is taken off again', () => {
  const stored = aStoredSecret({
    metadata: { labels: { 'controller.cert-manager.io/fao': 'true', team: 'shop' } },
    owned: { labels: ['controller.cert-manager.io/fao', 'team'] },
  })
  expect(done(aWorld({ certificate: aCertificate({ status: { revision: 1 } }), stored }))).toBe('repair-secret')
})

test("a label of the user's own is left alone", () => {
  const stored = aStoredSecret({
    metadata: { labels: { 'controller.cert-manager.io/fao': 'true', mine: 'x' } },
    owned: { labels: ['controller.cert-manager.io/fao'] },
  })
  expect(done(aWorld({ certificate: aCertificate({ status: { revision: 1 } }), stored }))).toBe('set-status')
})

test('a label that somebody else has put there for us becomes ours too, so that it stays when they let go of it', () => {
  const stored = aStoredSecret({ owned: { labels: [] } })
  expect(done(aWorld({ certificate: aCertificate({ status: { revision: 1 } }), stored }))).toBe('repair-secret')
})

test('an extra form of the key pair that was changed is made anew', () => {
  const certificate = aCertificate({ spec: { additionalOutputFormats: [{ type: 'DER' }] }, status: { revision: 1 } })
  const dataKeys = ['tls.crt', 'tls.key', 'key.der']
  expect(done(aWorld({ certificate, stored: aStoredSecret({ dataKeys }) }))).not.toContain('repair-secret')
  expect(done(aWorld({ certificate, stored: aStoredSecret({ dataKeys, wrongFormats: ['key.der'] }) }))).toBe('repair-secret')
})

test('of two Certificates with one Secret the other one only says so', () => {
  const plan = decide(aWorld({ secretOwner: 'older' }), now)
  expect(plan.actions).toHaveLength(1)
  expect(plan.actions[0]).toMatchObject({
    status: {
      conditions: [{ type: 'Ready', status: 'False', reason: 'IncorrectCertificate', message: expect.stringContaining('older') as string }],
    },
  })
  expect(plan.wakeAt).toBeDefined()
})

test('a key that must be kept but does not fit the spec stops the issuance with an explanation', () => {
  const world = aWorld({
    certificate: issuing(),
    wanted: { ...wanted, reusesKey: true, key: { algorithm: 'RSA', size: 2048 } },
    stored: aStoredSecret(),
  })
  expect(decide(world, now).actions[0]).toMatchObject({ do: 'warn', reason: 'CannotRegenerateKey' })
  expect(done(world)).not.toContain('create-next-key')
})

test('a spec that makes no CSR is explained, and neither counted as a failure nor tried again by itself', () => {
  const world = aWorld({ wanted: { ...wanted, csrProblem: 'no names' } })
  const plan = decide(world, now)
  expect(plan.wakeAt).toBeUndefined()
  const status = plan.actions.find((action) => action.do === 'set-status')
  expect(status).toMatchObject({ step: { kind: 'hold' } })
  expect(status?.do === 'set-status' ? status.status.lastFailureTime : '').toBeUndefined()
})

test('keys and requests of ended issuances are removed', () => {
  const requests = [aRequest({ name: 'web-1', revision: 1 }), aRequest({ name: 'web-2', uid: 'uid-web-2', revision: 2 })]
  const world = aWorld({
    certificate: aCertificate({ status: { revision: 2 } }),
    stored: aStoredSecret(),
    nextKeys: [aNextKey('web-abcde')],
    requests,
  })
  expect(decide(world, now).actions.slice(1)).toEqual([
    { do: 'delete-next-key', secretName: 'web-abcde', uid: 'uid-web-abcde' },
    { do: 'delete-request', name: 'web-1', uid: 'uid-web-1' },
  ])
})

test('the request of the current revision stays while that of the next one has failed, and so does the failed one until nothing is due', () => {
  const requests = (violations: readonly string[]) => [
    aRequest({ name: 'web-1', uid: 'u1', revision: 1, state: issued() }),
    aRequest({ name: 'web-2', uid: 'u2', revision: 2, state: issued(), violations }),
    aRequest({ name: 'web-3', uid: 'u3', revision: 3, state: { kind: 'failed', reason: 'Failed', message: '', failedAt: now } }),
  ]
  const certificate = aCertificate({ status: { revision: 2, lastFailureTime: toRfc3339(now), failedIssuanceAttempts: 1 } })
  const deleted = (violations: readonly string[]) =>
    decide(aWorld({ certificate, stored: aStoredSecret(), requests: requests(violations) }), now).actions.flatMap((action) =>
      action.do === 'delete-request' ? [action.name] : [],
    )
  expect(deleted(['spec.uris'])).toEqual(['web-1'])
  expect(deleted([])).toEqual(['web-1', 'web-3'])
})

test('a compromised key is neither reused nor adopted, whatever the rotation policy, and the new one is kept once it is stored', () => {
  const status = issuingStatus({ revision: 1, nextPrivateKeySecretName: 'web-abcde' })
  const [condition] = status.conditions ?? []
  const conditions = condition === undefined ? [] : [{ ...condition, reason: 'KeyCompromised' }]
  const given = { certificate: aCertificate({ status: { ...status, conditions } }), wanted: { ...wanted, reusesKey: true } }
  const old = aRequest({ state: issued() })
  expect(decide(aWorld({ ...given, stored: aStoredSecret(), requests: [old] }), now).actions).toMatchObject([
    { do: 'create-next-key', from: 'new' },
  ])
  expect(done(aWorld({ ...given, stored: aStoredSecret(), requests: [old], nextKeys: [aNextKey('web-abcde')] }))).toBe('delete-next-key')
  const nextKeys = [aNextKey('web-abcde', { publicKeyFingerprint: 'key-2' })]
  const renewed = aRequest({ name: 'web-2', uid: 'u2', revision: 2, publicKeyFingerprint: 'key-2', state: issued('key-2') })
  expect(done(aWorld({ ...given, stored: aStoredSecret({ key: 'key-2' }), requests: [old, renewed], nextKeys }))).toBe('set-status')
})
