import { beforeAll, expect, test } from 'vitest'
import { certificateRequests, certificates, challenges, issuers } from '../../src/crds/resources.ts'
import type { AcmeIssuer, AcmeSolver } from '../../src/crds/issuer.ts'
import { parseServerAddress } from '../../src/dns/server-address.ts'
import { updateTxt } from '../../src/dns/update-txt.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { Operator } from '../testbed/operator.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { dnsSite, txtValuesAt } from './dns-site.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { triggerIssuance } from './trigger-issuance.ts'
import { waitFor } from './wait-for.ts'

const CONDITION = 'certwright.dev/DNSPersist01'
const persistent: AcmeSolver = { dnsPersist01: {} }

const site = dnsSite('dns-persist01', {
  zonesOfSecond: [],
  first: () => ({ zones: { 'shop.example': { updates: 'anybody' } } }),
})

/** A short lease, so that the next life does not wait for long until it may act. */
const shortLease = [
  '--leader-election-lease-duration=2s',
  '--leader-election-renew-deadline=1500ms',
  '--leader-election-retry-period=300ms',
]
const startWith = (gates: string) => site().start({ flags: [...shortLease, `--feature-gates=${gates}`] })

let operator: Operator
beforeAll(async () => {
  operator = await startWith('DNSPersist01=true')
})

/** A user with the Issuer `acme`, and how she asks it for names. */
async function customer(namespace: string, server: Partial<AcmeIssuer> = {}) {
  const user = await site().underTest.user(namespace)
  await user.create(issuers, 'acme', { spec: { acme: { ...site().issuerSpec([persistent]).acme, ...server } } })
  const ask = (name: string, dnsNames: readonly string[]) =>
    user.createCertificate(name, { secretName: name, dnsNames, privateKey: quickKey, issuerRef: { name: 'acme' } })
  return { user, ask }
}

const conditionLike = async (user: ClusterUser, message: RegExp) => {
  const { status } = await user.until(issuers, 'acme', (issuer) => message.test(conditionOf(issuer.status, CONDITION)?.message ?? ''))
  return conditionOf(status, CONDITION)
}
const reasonLike = (user: ClusterUser, reason: RegExp) =>
  waitFor(`a Challenge whose reason is like ${String(reason)}`, async () =>
    (await user.list(challenges)).find(({ status }) => reason.test(status?.reason ?? '')),
  )

/** What the first quotation marks hold that follow on these words. */
const quotedIn = (text = '', after = 'with the value'): string => new RegExp(`${after} "([^"]*)"`).exec(text)?.[1] ?? ''

/** As a person does at her DNS provider. */
async function changeRecord(name: string, value: string, change: 'add' | 'remove' = 'add'): Promise<void> {
  const server = parseServerAddress(site().nameserver.server)
  if (server?.kind !== 'plain') throw new Error('the name server has no address')
  const update = {
    zone: 'shop.example',
    name: `_validation-persist.${name}`,
    value,
    change: change === 'add' ? ({ kind: 'add', ttl: 30 } as const) : ({ kind: 'remove' } as const),
  }
  await updateTxt({ server, protocol: 'TCP', key: undefined }, update, systemClock.now(), new AbortController().signal)
}

test('a record as the status of the issuer says is good for every certificate to come, and stays as it is', async () => {
  const { user, ask } = await customer('known before')
  const value = quotedIn((await conditionLike(user, /TXT record/))?.message)
  const { uri = '' } = (await user.get(issuers, 'acme')).status?.acme ?? {}
  expect(value).toBe(`pebble.letsencrypt.org; accounturi=${uri}`)
  await changeRecord('known.shop.example', value)
  await ask('web', ['known.shop.example'])
  await user.untilReady('web')
  await triggerIssuance(site().underTest.testbed, user.namespace, 'web')
  await user.untilReady('web', 2)
  expect(await txtValuesAt(site().nameserver, '_validation-persist.known.shop.example')).toEqual([value])
  expect(await user.list(challenges)).toEqual([])
})

test('a Challenge says which record is missing; created while no operator runs, it is found by the next one', async () => {
  const { user, ask } = await customer('created later')
  await ask('web', ['later.shop.example'])
  const { spec, status } = await reasonLike(user, /has no TXT record _validation-persist\.later\.shop\.example/)
  expect(status).toMatchObject({ processing: true, state: 'pending' })
  expect(status?.reason).toContain(`create the TXT record _validation-persist.later.shop.example with the value "${spec.key}"`)
  const { metadata } = await user.get(issuers, 'acme')
  await operator.stop('SIGKILL')
  await changeRecord('later.shop.example', spec.key)
  operator = await startWith('DNSPersist01=true')
  await user.untilReady('web')
  // The next life has checked the issuer too, and found nothing to write.
  expect((await user.get(issuers, 'acme')).metadata.resourceVersion).toBe(metadata.resourceVersion)
})

test('a wildcard name needs policy=wildcard, which is told', async () => {
  const { user, ask } = await customer('wildcard')
  const value = quotedIn((await conditionLike(user, /TXT record/))?.message)
  await changeRecord('wild.shop.example', value)
  await ask('web', ['wild.shop.example', '*.wild.shop.example'])
  const { spec } = await reasonLike(user, /lacks policy=wildcard/)
  expect(spec).toMatchObject({ wildcard: true, key: `${value}; policy=wildcard` })
  await changeRecord('wild.shop.example', value, 'remove')
  await changeRecord('wild.shop.example', spec.key)
  await user.untilReady('web')
  expect(leafIn(await user.secret('web')).subjectAltName).toBe('DNS:wild.shop.example, DNS:*.wild.shop.example')
})

test('records for another account and for another CA are told apart from the right one, which may stand beside them', async () => {
  const { user, ask } = await customer('other account')
  await changeRecord('taken.shop.example', 'ca.example; accounturi=https://ca.example/account/1')
  await ask('web', ['taken.shop.example'])
  await reasonLike(user, /but with no value for pebble\.letsencrypt\.org/)
  await changeRecord('taken.shop.example', 'pebble.letsencrypt.org; accounturi=https://ca.example/account/1')
  const { spec } = await reasonLike(user, /names another account: https:\/\/ca\.example\/account\/1/)
  await changeRecord('taken.shop.example', spec.key)
  await user.untilReady('web')
})

test('a record of the name above with policy=wildcard is left to the CA to judge, which says what it makes of it', async () => {
  const { user, ask } = await customer('above')
  await ask('web', ['www.above.shop.example'])
  const { spec } = await reasonLike(user, /so far/)
  await changeRecord('above.shop.example', `${spec.key}; policy=wildcard`)
  await reasonLike(user, /_validation-persist\.above\.shop\.example covers it if the CA looks there/)
  await changeRecord('www.above.shop.example', spec.key)
  await user.untilReady('web')
})

test('at a CA of draft 02 the account is named by a hash, and what the CA makes of the record is told', async () => {
  // Pebble says what a CA of draft 02 says, and judges by draft 01.
  await using proxy = await startFaultProxy(site().acme)
  const asDraft02 = (body: string): string =>
    body
      .replace('"caaIdentities"', '"accountHashPrefix": "https://ca.example/hash/", "issuerDomainNames": ["pebble.letsencrypt.org"], $&')
      .replace('"issuer-domain-names"', '"issuerDomainNames"')
  proxy.breakAll('/', { kind: 'rewritten', rewrite: asDraft02 })
  const { user, ask } = await customer('draft two', { server: proxy.directoryUrl, caBundle: Buffer.from(proxy.caPem).toString('base64') })
  const ofAllNames = quotedIn((await conditionLike(user, /TXT record/))?.message)
  const hashed = /^pebble\.letsencrypt\.org; accounturi=https:\/\/ca\.example\/hash\/sha-256\/[\w-]{43}$/
  expect(ofAllNames).toMatch(hashed)

  await ask('web', ['hashed.shop.example'])
  const { spec } = await reasonLike(user, /has no TXT record _validation-persist\.hashed\.shop\.example/)
  expect(spec.key).toMatch(hashed)
  expect(spec.key).not.toBe(ofAllNames)
  await changeRecord('hashed.shop.example', ofAllNames)
  await waitFor('a CertificateRequest that the CA has refused', async () =>
    (await user.list(certificateRequests)).find(({ status }) =>
      (conditionOf(status, 'Ready')?.message ?? '').includes('accounturi mismatch'),
    ),
  )
  await user.remove(certificates, 'web')
})

test('when the last solver of the kind is gone, so is what the status says about a record', async () => {
  const { user } = await customer('no longer')
  await conditionLike(user, /TXT record/)
  await user.edit(issuers, 'acme', { spec: { acme: { solvers: [{ http01: { ingress: {} } }] } } })
  const { status } = await user.until(issuers, 'acme', (issuer) => conditionOf(issuer.status, CONDITION) === undefined)
  expect(conditionOf(status, 'Ready')?.status).toBe('True')
})

test('without the feature gate the issuer and the Certificate say what to switch on', async () => {
  await operator.stop()
  operator = await startWith('DNSPersist01=false')
  const { user, ask } = await customer('switched off')
  expect(await conditionLike(user, /--feature-gates=DNSPersist01=true/)).toMatchObject({ status: 'False', reason: 'FeatureGateOff' })
  await ask('web', ['off.shop.example'])
  await waitFor('a CertificateRequest that failed for this', async () =>
    (await user.list(certificateRequests)).find(({ status }) =>
      (conditionOf(status, 'Ready')?.message ?? '').includes('--feature-gates=DNSPersist01=true'),
    ),
  )
})

leavesNothingBehind(() => site().underTest)
