import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { certificates, challenges, issuers, orders } from '../../src/crds/resources.ts'
import type { AcmeSolver } from '../../src/crds/issuer.ts'
import { parseServerAddress } from '../../src/dns/server-address.ts'
import { updateTxt } from '../../src/dns/update-txt.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Nameserver } from '../testbed/nameserver.ts'
import type { Operator } from '../testbed/operator.ts'
import type { ClusterUser } from './cluster-user.ts'
import { dnsSite, txtValuesAt, updatesSignedBy } from './dns-site.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const ofShop = { name: 'shop', algorithm: 'hmac-sha256', secret: 'c2hvcC1zZWNyZXQtb2YtdGhlLWRucy10ZXN0cw==' }
const ofDelegates = { name: 'delegates', algorithm: 'hmac-sha256', secret: 'ZGVsZWdhdGVzLXNlY3JldC1vZi10aGUtdGVzdHM=' }
const otherSecret = 'YW5vdGhlci1zZWNyZXQ='

const site = dnsSite('dns01', {
  zonesOfSecond: ['slow.example'],
  first: ({ address }) => ({
    keys: [ofShop, ofDelegates],
    zones: {
      'shop.example': { updates: [ofShop.name], records: ['_acme-challenge.delegated CNAME shop.delegates.example.'] },
      'delegates.example': { updates: [ofDelegates.name] },
      'slow.example': { updates: [ofShop.name], records: ['@ NS second', `second A ${address}`] },
    },
  }),
})

const flags = ['--dns01-check-retry-period=1s']

let operator: Operator
beforeAll(async () => {
  operator = await site().start({ flags })
})

/** A user with the Issuer `acme`, the Secrets of its solvers, and how she asks it for names. */
async function customer(namespace: string, solvers: readonly AcmeSolver[], keys = [ofShop, ofDelegates]) {
  const user = await site().underTest.user(namespace)
  for (const { name, secret } of keys) await user.create(secrets, name, { data: { tsig: Buffer.from(secret).toString('base64') } })
  await user.create(issuers, 'acme', { spec: site().issuerSpec(solvers) })
  const ask = (name: string, dnsNames: readonly string[]) =>
    user.createCertificate(name, { secretName: name, dnsNames, privateKey: quickKey, issuerRef: { name: 'acme' } })
  return { user, ask }
}

const byShop = (more: Partial<NonNullable<AcmeSolver['dns01']>> = {}): AcmeSolver => ({
  dns01: { rfc2136: updatesSignedBy(site().nameserver, ofShop.name), ...more },
})
const byDelegates = (): AcmeSolver => ({
  selector: { dnsZones: ['delegates.example'] },
  dns01: { rfc2136: updatesSignedBy(site().nameserver, ofDelegates.name) },
})

const reasonLike = (user: ClusterUser, reason: RegExp) =>
  waitFor(`a Challenge whose reason is like ${String(reason)}`, async () =>
    (await user.list(challenges)).find(({ status }) => reason.test(status?.reason ?? '')),
  )
const untilNoChallengeIsLeft = (user: ClusterUser) =>
  waitFor('no Challenge is left', async () => ((await user.list(challenges)).length === 0 ? true : undefined))
const untilNothingAt = (name: string, server: Nameserver = site().nameserver) =>
  waitFor(`${name} has no TXT record`, async () => ((await txtValuesAt(server, name)).length === 0 ? true : undefined))

/** What BIND has done to a name, in its order. */
async function updatesOf(name: string): Promise<readonly string[]> {
  const log = await readFile(site().nameserver.logFile, 'utf8')
  return [...log.matchAll(/(adding|deleting) an RR at (?:'([^']+)' |([^ ]+) )TXT/g)].flatMap(([, verb = '', quoted, bare]) =>
    (quoted ?? bare) === name ? [verb] : [],
  )
}

/** As a zone transfer would. */
async function addToSecond(name: string, value: string): Promise<void> {
  const server = parseServerAddress(site().second.server)
  if (server?.kind !== 'plain') throw new Error('the second server has no address')
  const change = { zone: 'slow.example', name, value, change: { kind: 'add', ttl: 30 } } as const
  await updateTxt({ server, protocol: 'TCP', key: undefined }, change, systemClock.now(), new AbortController().signal)
}

test('a name and its wildcard are proved by two values of one record set at the same time, which are gone afterwards', async () => {
  const { user, ask } = await customer('wildcard', [byShop()])
  await ask('web', ['shop.example', '*.shop.example'])
  await user.untilReady('web')
  expect(leafIn(await user.secret('web')).subjectAltName).toBe('DNS:shop.example, DNS:*.shop.example')
  await untilNothingAt('_acme-challenge.shop.example')
  expect(await updatesOf('_acme-challenge.shop.example')).toEqual(['adding', 'adding', 'deleting', 'deleting'])
  await untilNoChallengeIsLeft(user)
})

test('a CNAME is followed, and the solver for the zone that it leads into puts the record there', async () => {
  const { user, ask } = await customer('delegated', [byShop({ cnameStrategy: 'Follow' }), byDelegates()])
  await ask('web', ['delegated.shop.example'])
  await user.untilReady('web')
  expect(await updatesOf('shop.delegates.example')).toContain('adding')
  await untilNothingAt('shop.delegates.example')
})

test('a wrong TSIG key is told on the Challenge without its secret, and once it is mended the certificate comes', async () => {
  const { user, ask } = await customer('wrong key', [byShop()], [{ ...ofShop, secret: otherSecret }])
  await ask('web', ['mended.shop.example'])
  const challenge = await reasonLike(user, /BADSIG/)
  expect(challenge.status).toMatchObject({ processing: true, reason: expect.stringContaining('TSIG key shop') })
  expect(JSON.stringify([challenge, await user.events(challenge.metadata.name)])).not.toContain(otherSecret)
  expect(await user.untilEvent(challenge.metadata.name, 'PresentError')).toMatchObject({ type: 'Warning' })
  await user.edit(secrets, ofShop.name, { data: { tsig: Buffer.from(ofShop.secret).toString('base64') } })
  await user.untilReady('web')
})

test('a key that the server does not know, and one without rights for the zone, are told apart', async () => {
  const unknown = { ...ofShop, name: 'nobody' }
  const solver: AcmeSolver = { dns01: { rfc2136: updatesSignedBy(site().nameserver, unknown.name) } }
  const { user, ask } = await customer('unknown key', [solver], [unknown])
  await ask('web', ['unknown.shop.example'])
  await reasonLike(user, /BADKEY/)
  const foreign = await customer('foreign key', [{ dns01: byDelegates().dns01 ?? {} }])
  await foreign.ask('web', ['foreign.shop.example'])
  await reasonLike(foreign.user, /REFUSED .*shop\.example/)
})

test('what was proved of a name and its wildcard is not proved again, and beside them only what is new', async () => {
  const { user } = await customer('reuse', [byShop()])
  const ca = await site().underTest.testbed.startAcme({ dnsServer: site().nameserver.server, authzReusePercent: 100 })
  const { acme } = site().issuerSpec([byShop()])
  const caBundle = Buffer.from(ca.caPem).toString('base64')
  const privateKeySecretRef = { name: 'account-reuse' }
  await user.create(issuers, 'reuse', { spec: { acme: { ...acme, server: ca.directoryUrl, caBundle, privateKeySecretRef } } })
  const both = ['reuse.shop.example', '*.reuse.shop.example']
  const issue = async (name: string, dnsNames: readonly string[]) => {
    await user.createCertificate(name, { secretName: name, dnsNames, privateKey: quickKey, issuerRef: { name: 'reuse' } })
    await user.untilReady(name)
    return (await user.list(orders))
      .find(({ metadata }) => metadata.name.startsWith(`${name}-1-`))
      ?.status?.authorizations?.map(({ initialState }) => initialState)
      .toSorted()
  }
  expect(await issue('first', both)).toEqual(['pending', 'pending'])
  await untilNothingAt('_acme-challenge.reuse.shop.example')
  const updates = await updatesOf('_acme-challenge.reuse.shop.example')
  expect(updates).toEqual(['adding', 'adding', 'deleting', 'deleting'])
  expect(await issue('second', both)).toEqual(['valid', 'valid'])
  expect(await issue('wider', [...both, 'more.reuse.shop.example'])).toEqual(['pending', 'valid', 'valid'])
  expect(await updatesOf('_acme-challenge.reuse.shop.example')).toEqual(updates)
  expect(await updatesOf('_acme-challenge.more.reuse.shop.example')).toContain('adding')
  await ca.stop()
})

test('a name in no zone says so, and is proved when the zone is there', async () => {
  const { user, ask } = await customer('no zone', [byShop()])
  await ask('web', ['web.late.example'])
  const challenge = await reasonLike(user, /^There is no zone for _acme-challenge\.web\.late\.example: /)
  expect(challenge.status).toMatchObject({ processing: true })
  expect(challenge.status?.presented ?? false).toBe(false)
  await site().nameserver.addZone('late.example', { updates: [ofShop.name] })
  const { status } = await user.untilReady('web')
  expect(status?.failedIssuanceAttempts).toBeUndefined()
})

test('a server that does not hold the zone is named, and once the issuer names the right one the certificate comes', async () => {
  const { user, ask } = await customer('wrong server', [{ dns01: { rfc2136: { nameserver: site().second.server } } }])
  await ask('web', ['wrong-server.shop.example'])
  const { status } = await reasonLike(user, /NOTAUTH \(it does not hold the zone shop\.example, or not as its primary server\)/)
  expect(status?.reason).toContain(site().second.address)
  await user.edit(issuers, 'acme', { spec: site().issuerSpec([byShop()]) })
  await user.untilReady('web')
  await waitFor('the Challenge of the other solver is gone', async () => ((await user.list(challenges)).length === 0 ? true : undefined))
})

test('one authoritative server that lacks the record is named; killed meanwhile, the operator goes on where it was', async () => {
  const { user, ask } = await customer('slow', [byShop()])
  await ask('web', ['web.slow.example'])
  const { spec } = await reasonLike(user, /second\.slow\.example \(\S+\) has no TXT record/)
  await site().underTest.kill(operator)
  await addToSecond('_acme-challenge.web.slow.example', spec.key)
  operator = await site().start({ flags })
  await user.untilReady('web')
  await untilNothingAt('_acme-challenge.web.slow.example')
})

test('a Certificate that is deleted while an operator is away leaves no record', async () => {
  const { user, ask } = await customer('given up', [byShop()])
  await ask('web', ['given-up.slow.example'])
  await reasonLike(user, /has no TXT record/)
  expect(await txtValuesAt(site().nameserver, '_acme-challenge.given-up.slow.example')).toHaveLength(1)
  await site().underTest.kill(operator)
  await user.remove(certificates, 'web')
  await waitFor('the Order is gone', async () => ((await user.list(orders)).length === 0 ? true : undefined))
  operator = await site().start({ flags })
  await untilNothingAt('_acme-challenge.given-up.slow.example')
  await untilNoChallengeIsLeft(user)
})

test('a CNAME that the solver may not follow is named, with what to set', async () => {
  const { user, ask } = await customer('not followed', [byShop()])
  await ask('web', ['delegated.shop.example'])
  const challenge = await reasonLike(user, /cnameStrategy: Follow/)
  expect(challenge.status?.reason).toContain('shop.delegates.example')
  await user.remove(certificates, 'web')
  await untilNoChallengeIsLeft(user)
})

test('instead of looking, the solver may wait', async () => {
  const { user, ask } = await customer('waits', [{ ...byShop(), waitInsteadOfSelfCheck: '1s' }])
  await ask('web', ['waits.slow.example'])
  await user.untilReady('web')
})

leavesNothingBehind(() => site().underTest)
