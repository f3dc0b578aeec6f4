import { createPrivateKey, X509Certificate } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { issuers, orders } from '../../src/crds/resources.ts'
import { clientOf, patience } from '../integration/acme-issuance.ts'
import { acmeSite } from './acme-site.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { textIn } from './stored.ts'

// Every valid authorization is used again, every third nonce is refused, and there are three chains to choose from.
const site = acmeSite('acme-reuse', { authzReusePercent: 100, nonceRejectPercent: 33, alternateRoots: 2, strict: true })
const names = ['a.reuse.example', 'b.reuse.example']
let user: ClusterUser

/** Both have one account. What `blind` publishes nobody serves, so it gets a certificate only where nothing has to be proved. */
beforeAll(async () => {
  await site().start()
  user = await site().underTest.user('reuse')
  await user.create(issuers, 'acme', { spec: site().issuerSpec() })
  await user.create(issuers, 'blind', {
    spec: site().issuerSpec({ solvers: [{ http01: { ingress: { ingressClassName: 'nobody' } }, waitInsteadOfSelfCheck: '1s' }] }),
  })
})

const issue = async (name: string, issuer: string, dnsNames: readonly string[] = names): Promise<void> => {
  await user.createCertificate(name, certificateSpec(name, { dnsNames, issuerRef: { name: issuer } }))
  await user.untilReady(name)
}
const orderOf = async (name: string) => (await user.list(orders)).find(({ metadata }) => metadata.name.startsWith(`${name}-1-`))
const initialStates = async (name: string) => (await orderOf(name))?.status?.authorizations?.map(({ initialState }) => initialState)

test('what was proved for one Certificate is not proved again for another one of the same names', async () => {
  await issue('first', 'acme')
  expect(await initialStates('first')).toEqual(['pending', 'pending'])
  await issue('second', 'blind')
  expect(await initialStates('second')).toEqual(['valid', 'valid'])
})

test('of several names only those are proved that have not been yet', async () => {
  await issue('wider', 'acme', [...names, 'c.reuse.example'])
  expect((await initialStates('wider'))?.toSorted()).toEqual(['pending', 'valid', 'valid'])
})

test('an authorization that is deactivated at the CA is proved again', async () => {
  const { status } = await user.get(issuers, 'acme')
  const accountKey = createPrivateKey(textIn(await user.secret('account'), 'tls.key'))
  const client = clientOf(site().acme, { accountKey, accountUrl: status?.acme?.uri ?? '' })
  for (const { url } of (await orderOf('first'))?.status?.authorizations ?? []) await client.deactivateAuthorization(url, patience())
  await client.close()
  await issue('again', 'acme')
  expect(await initialStates('again')).toEqual(['pending', 'pending'])
})

test.each([0, 1, 2])('with preferredChain the chain leads to the root of that name (%i)', async (at) => {
  const { subject } = new X509Certificate((await site().acme.roots())[at] ?? '')
  const preferredChain = /^CN=(.*)$/m.exec(subject)?.[1] ?? ''
  await user.create(issuers, `root-${at}`, { spec: site().issuerSpec({ preferredChain }) })
  await issue(`chain-${at}`, `root-${at}`)
  const chain = textIn(await user.secret(`chain-${at}`), 'tls.crt').match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ?? []
  expect(new X509Certificate(chain.at(-1) ?? '').issuer).toBe(subject)
})

test('a preferredChain that the CA does not have leaves the choice to the CA', async () => {
  await user.create(issuers, 'unknown-root', { spec: site().issuerSpec({ preferredChain: 'Example Root X1' }) })
  await issue('unknown', 'unknown-root')
})

leavesNothingBehind(() => site().underTest)
