import { expect, test } from 'vitest'
import type { Directory } from '../../acme/directory.ts'
import type { AcmeSolver, Issuer, IssuerStatus } from '../../crds/issuer.ts'
import type { SetupOutcome } from '../signer.ts'
import { recordConditions, withRecordConditions } from './persistent-record-condition.ts'

const type = 'certwright.dev/DNSPersist01'
const account = { url: 'https://ca.example/acct/1', thumbprint: 'thumbprint', server: 'https://ca.example/directory' }
const told = { type, status: 'True', reason: 'RecordKnown', message: 'create it' } as const
const toldBefore = { ...told, observedGeneration: 2 }
const isReady: SetupOutcome = { ready: true, reason: 'R', message: 'm' }

const anIssuer = (solvers: readonly AcmeSolver[], conditions: NonNullable<IssuerStatus['conditions']> = []): Issuer => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name: 'le', generation: 2 },
  spec: { acme: { server: account.server, privateKeySecretRef: { name: 'le' }, solvers } },
  status: { conditions },
})
const persistent = [{ dnsPersist01: {} }]
const directoryWith = (more: Partial<Directory>): Directory => ({
  newNonce: 'https://ca.example/nonce',
  newAccount: 'https://ca.example/account',
  newOrder: 'https://ca.example/order',
  externalAccountRequired: false,
  profiles: {},
  caaIdentities: [],
  ...more,
})
const toldBy = (more: Partial<Directory>, from = account) =>
  recordConditions(anIssuer(persistent), { account: from, directory: directoryWith(more) })
const afterSetup = (isOn: boolean, issuer: Issuer, outcome: SetupOutcome) =>
  withRecordConditions(isOn, { setUp: () => Promise.resolve(outcome) }).setUp(issuer, new AbortController().signal)

test('the record is told with both of its values', () => {
  expect(toldBy({ caaIdentities: ['ca.example'] })).toEqual([
    {
      type,
      status: 'True',
      reason: 'RecordKnown',
      message:
        'To let this issuer prove control of NAME, create the TXT record _validation-persist.NAME with the value ' +
        '"ca.example; accounturi=https://ca.example/acct/1", or with "ca.example; accounturi=https://ca.example/acct/1; policy=wildcard" ' +
        'where wildcard names are wanted too',
    },
  ])
})

test('where the CA wants a hash, it is one that is good for every name', () => {
  const [condition] = toldBy({ accountHashPrefix: 'https://ca.example/account-hash/', issuerDomainNames: ['ca.example'] })
  expect(condition?.message).toMatch(/"ca\.example; accounturi=https:\/\/ca\.example\/account-hash\/sha-256\/[\w-]{43}"/)
})

test.each<[what: string, conditions: ReturnType<typeof toldBy>]>([
  ['a CA that does not tell its names', toldBy({})],
  ['an account at another host', toldBy({ caaIdentities: ['ca.example'] }, { ...account, url: 'https://other.example/acct/1' })],
])('%s leaves the record unknown', (_what, conditions) => {
  expect(conditions).toMatchObject([{ type, status: 'Unknown', reason: 'RecordUnknown' }])
})

test('an issuer without such a solver is told nothing', async () => {
  const issuer = anIssuer([{ http01: {} }], [toldBefore])
  expect(recordConditions(issuer, { account, directory: directoryWith({ caaIdentities: ['ca.example'] }) })).toEqual([])
  expect((await afterSetup(true, issuer, isReady)).conditions).toEqual([])
  expect((await afterSetup(false, issuer, isReady)).conditions).toEqual([])
})

test('while the CA cannot be asked, what was told before stays', async () => {
  expect((await afterSetup(true, anIssuer(persistent, [toldBefore]), isReady)).conditions).toEqual([told])
})

test('what was told of another spec does not stay: it may be of another CA', async () => {
  const ofFormerSpec = { ...told, observedGeneration: 1 }
  expect((await afterSetup(true, anIssuer(persistent, [ofFormerSpec]), isReady)).conditions).toEqual([])
})

test('what the CA said goes before what was told before', async () => {
  const news = [{ ...told, message: 'create another' }]
  expect((await afterSetup(true, anIssuer(persistent, [toldBefore]), { ...isReady, conditions: news })).conditions).toEqual(news)
})

test('with the gate off nothing is told but how to switch it on, which is not told any more afterwards', async () => {
  const off = await afterSetup(false, anIssuer(persistent, [toldBefore]), { ...isReady, conditions: [told] })
  expect(off.conditions).toMatchObject([{ type, status: 'False', reason: 'FeatureGateOff' }])
  const [condition] = off.conditions ?? []
  expect(
    (await afterSetup(true, anIssuer(persistent, condition === undefined ? [] : [{ ...condition, observedGeneration: 2 }]), isReady))
      .conditions,
  ).toEqual([])
})
