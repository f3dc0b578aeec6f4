import { beforeAll, expect, test } from 'vitest'
import { challenges, clusterIssuers, issuers, orders } from '../../src/crds/resources.ts'
import { acmeSite } from './acme-site.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { openssl } from './openssl.ts'
import { gate, newCsr, signingRequestsOf } from './signing-requests.ts'
import type { SigningRequests } from './signing-requests.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('signing-request-acme', { domainBlocklist: ['refused.example'] })
const signal = new AbortController().signal
let requests: SigningRequests

beforeAll(async () => {
  await site().start({ flags: [gate] })
  requests = signingRequestsOf(site().underTest)
})

/** A namespace with the Issuer `acme`. */
async function customer(namespace: string) {
  const user = await site().underTest.user(namespace)
  await user.create(issuers, 'acme', { spec: site().issuerSpec() })
  return { user, signerName: `issuers.cert-manager.io/${namespace}.acme` }
}

test('an approved signing request for an ACME Issuer gets the chain of the CA through an Order of its own', async () => {
  const { user, signerName } = await customer('signed')
  const { csr } = await newCsr(['one.signed.example', 'two.signed.example'])
  await requests.createApproved('signed', { signerName, csr })
  const { chain, leaf } = await requests.untilSigned('signed')
  const files = { 'chain.pem': chain, 'root.pem': (await site().acme.roots())[0] ?? '' }
  expect(await openssl(['verify', '-CAfile', '@root.pem', '-untrusted', '@chain.pem', '@chain.pem'], files)).toMatch(/OK/)
  expect(leaf.subjectAltName?.split(', ').toSorted()).toEqual(['DNS:one.signed.example', 'DNS:two.signed.example'])

  const { metadata } = await requests.get('signed')
  const [order, ...others] = await user.list(orders)
  expect(others).toEqual([])
  expect(order?.metadata.ownerReferences).toEqual([
    expect.objectContaining({ kind: 'CertificateSigningRequest', name: 'signed', uid: metadata.uid, controller: true }),
  ])
  await waitFor('no Challenge is left', async () => ((await user.list(challenges)).length === 0 ? true : undefined))
  expect(await requests.untilEvent('signed', 'OrderCreated')).toMatchObject({ type: 'Normal' })
  await requests.untilEvent('signed', 'CertificateIssued')

  await requests.remove('signed')
  await waitFor('the Order goes with its signing request', async () => ((await user.list(orders)).length === 0 ? true : undefined))
})

test('for a ClusterIssuer the Order is in the cluster resource namespace', async () => {
  const { underTest } = site()
  const user = await underTest.user('elsewhere')
  const spec = site().issuerSpec({ privateKeySecretRef: { name: 'cluster-account' } })
  await underTest.cluster.create(clusterIssuers, { metadata: { name: 'acme' }, spec }, { fieldManager: 'user' }, signal)
  const { csr } = await newCsr(['cluster.example'])
  await requests.createApproved('cluster', { signerName: 'clusterissuers.cert-manager.io/acme', csr })
  await requests.untilSigned('cluster')
  const [order] = await underTest.cluster.list(orders, { namespace: 'cert-manager' }, signal)
  expect(order?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'CertificateSigningRequest', name: 'cluster' })
  expect(await user.list(orders)).toEqual([])
})

test.each<[title: string, reason: string, csr: () => ReturnType<typeof newCsr>]>([
  ['a name that the CA refuses', 'OrderFailed', () => newCsr(['www.refused.example'])],
  ['a common name that is no DNS name of it', 'InvalidOrder', () => newCsr(['named.example'], 'somebody')],
])('with %s it has failed', async (_title, reason, csr) => {
  const name = reason.toLowerCase()
  const { signerName } = await customer(name)
  await requests.createApproved(name, { signerName, csr: (await csr()).csr })
  expect(await requests.untilFailed(name)).toMatchObject({ status: 'True', reason })
  expect(await requests.untilEvent(name, reason)).toMatchObject({ type: 'Warning' })
})

test('an Order that is made by hand and points at a signing request for another Issuer is left alone', async () => {
  const { user } = await customer('forged')
  const { csr } = await newCsr(['forged.example'])
  await requests.createApproved('forged', { signerName: 'issuers.cert-manager.io/elsewhere.acme', csr })
  const { metadata } = await requests.get('forged')
  await user.create(orders, 'forged', {
    metadata: {
      ownerReferences: [
        {
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          name: 'forged',
          uid: metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: { request: Buffer.from(csr).toString('base64'), issuerRef: { name: 'acme', kind: 'Issuer' }, dnsNames: ['forged.example'] },
  })
  // Asked for later and signed: whatever was to become of the other has happened.
  const { csr: later } = await newCsr(['later.example'])
  await requests.createApproved('after-forged', { signerName: 'issuers.cert-manager.io/forged.acme', csr: later })
  await requests.untilSigned('after-forged')
  expect((await user.get(orders, 'forged')).status?.state).toBeUndefined()
  expect((await user.get(orders, 'forged')).status?.url).toBeUndefined()
})

leavesNothingBehind(() => site().underTest)
