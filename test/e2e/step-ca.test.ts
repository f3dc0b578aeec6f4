import { X509Certificate } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { CertificateSpec } from '../../src/crds/certificate.ts'
import { certificates, issuers, orders } from '../../src/crds/resources.ts'
import { HOUR } from '../../src/lib/instant.ts'
import type { StepCa } from '../testbed/step-ca.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'

const site = acmeSite('step-ca')
let ca: StepCa

beforeAll(async () => {
  ca = await site().underTest.testbed.startStepCa({ dnsServer: site().acme.dns.server, deniedNames: ['forbidden.example'] })
  await site().start()
})

/** A user with the Issuer `step-ca` and a Certificate from it. */
async function customer(namespace: string, spec: Partial<CertificateSpec> = {}): Promise<ClusterUser> {
  const user = await site().underTest.user(namespace)
  const caBundle = Buffer.from(ca.caPem).toString('base64')
  await user.create(issuers, 'step-ca', { spec: site().issuerSpec({ server: ca.directoryUrl, caBundle, enableDurationFeature: true }) })
  const dnsNames = [`${namespace}.example`]
  await user.createCertificate('web', { secretName: 'web', dnsNames, privateKey: quickKey, issuerRef: { name: 'step-ca' }, ...spec })
  return user
}

const lifetimeOf = ({ validFrom, validTo }: X509Certificate): number => Date.parse(validTo) - Date.parse(validFrom)

test('step-ca issues a certificate that its root vouches for, through the ingress controller', async () => {
  const user = await customer('private')
  await user.untilReady('web')
  const leaf = leafIn(await user.secret('web'))
  expect(leaf.subjectAltName).toBe('DNS:private.example')
  expect(leaf.verify(new X509Certificate(ca.caPem).publicKey)).toBe(true)
  expect((await user.list(orders)).map(({ status }) => status?.state)).toEqual(['valid'])
})

test('it is asked for the duration of the Certificate', async () => {
  const user = await customer('lasting', { duration: '2h0m0s' })
  await user.untilReady('web')
  // step-ca dates a certificate back a little.
  expect(Math.round(lifetimeOf(leafIn(await user.secret('web'))) / HOUR)).toBe(2)
})

test('a name that its policy forbids is told in its own words', async () => {
  const user = await customer('forbidden')
  const { status } = await user.until(certificates, 'web', (one) => conditionOf(one.status, 'Issuing')?.status === 'False')
  expect(conditionOf(status, 'Issuing')?.message).toMatch(/urn:ietf:params:acme:error:rejectedIdentifier/)
})

leavesNothingBehind(() => site().underTest)
