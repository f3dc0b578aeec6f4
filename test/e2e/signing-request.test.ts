import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificates, issuers } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { DAY, HOUR, instant, toRfc3339 } from '../../src/lib/instant.ts'
import { conditionOf } from './cluster-user.ts'
import { clusterCa, quickKey } from './manifests.ts'
import { openssl } from './openssl.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { gate, newCsr, signingRequestsOf } from './signing-requests.ts'
import type { SigningRequests } from './signing-requests.ts'
import { base64, textIn } from './stored.ts'
import { newTestCa } from './test-ca.ts'

const underTest = operatorUnderTest({ name: 'signing-request', flags: [gate] })
const fromClusterCa = { signerName: 'clusterissuers.cert-manager.io/ca' }
let requests: SigningRequests

beforeAll(() => {
  requests = signingRequestsOf(underTest())
})

describe('an approved signing request for a CA', () => {
  test('is signed for the names, the usages and the time that it asks for', async () => {
    await requests.createApproved('client', {
      ...fromClusterCa,
      usages: ['digital signature', 'client auth'],
      expirationSeconds: 7_200,
    })
    const { chain, leaf } = await requests.untilSigned('client')
    const root = textIn(await clusterSecret('root'), 'tls.crt')
    expect(
      await openssl(['verify', '-purpose', 'sslclient', '-CAfile', '@root.pem', '@leaf.pem'], { 'root.pem': root, 'leaf.pem': chain }),
    ).toMatch(/OK/)
    expect(leaf.subjectAltName).toBe('DNS:client.example.com')
    expect(leaf.ca).toBe(false)
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(lifetimeOf(leaf)).toBe(2 * HOUR)
    expect(await requests.untilEvent('client', 'CertificateIssued')).toMatchObject({
      type: 'Normal',
      source: { component: 'cert-manager-certificatesigningrequests' },
    })
    expect((await requests.get('client')).status?.conditions?.map(({ type }) => type)).toEqual(['Approved'])
  })

  test('is valid for 90 days unless it says otherwise, and for what its annotation says rather than its spec', async () => {
    const user = await underTest().user('lasting')
    await user.create(secrets, 'ca', { data: (await newTestCa({ lifetime: 365 * DAY })).secretData })
    await user.create(issuers, 'ca', { spec: { ca: { secretName: 'ca' } } })
    const signerName = 'issuers.cert-manager.io/lasting.ca'
    await requests.createApproved('default-duration', { signerName })
    expect(lifetimeOf((await requests.untilSigned('default-duration')).leaf)).toBe(90 * DAY)
    await requests.createApproved('annotated', {
      signerName,
      expirationSeconds: 7_200,
      annotations: { 'experimental.cert-manager.io/request-duration': '10m' },
    })
    expect(lifetimeOf((await requests.untilSigned('annotated')).leaf)).toBe(HOUR / 6)
  })

  test('gets the time that it asks for although the CA expires before, and a warning with the moment', async () => {
    const user = await underTest().user('short-ca')
    const ca = await newTestCa({ lifetime: HOUR })
    await user.create(secrets, 'ca', { data: ca.secretData })
    await user.create(issuers, 'ca', { spec: { ca: { secretName: 'ca' } } })
    await requests.createApproved('outliving', { signerName: 'issuers.cert-manager.io/short-ca.ca', expirationSeconds: 86_400 })
    expect(lifetimeOf((await requests.untilSigned('outliving')).leaf)).toBe(DAY)
    const end = toRfc3339(instant(Date.parse(new X509Certificate(ca.certificate).validTo)))
    expect(await requests.untilEvent('outliving', 'CertificateOutlivesCA')).toMatchObject({
      type: 'Warning',
      message: expect.stringContaining(`no use after ${end}`),
    })
    await requests.createApproved('within', { signerName: 'issuers.cert-manager.io/short-ca.ca', expirationSeconds: 600 })
    await requests.untilEvent('within', 'CertificateIssued')
    expect((await requests.eventsAbout('within')).filter(({ reason }) => reason === 'CertificateOutlivesCA')).toEqual([])
  })

  test('becomes a CA when its annotation asks for one', async () => {
    await requests.createApproved('sub-ca', {
      ...fromClusterCa,
      usages: ['digital signature', 'cert sign'],
      annotations: { 'experimental.cert-manager.io/request-is-ca': 'true' },
    })
    const { chain, leaf } = await requests.untilSigned('sub-ca')
    expect(leaf.ca).toBe(true)
    expect(await openssl(['x509', '-in', '@ca.pem', '-noout', '-ext', 'keyUsage'], { 'ca.pem': chain })).toContain('Certificate Sign')
  })

  test('of an intermediate has leaf and intermediate, and no root', async () => {
    const user = await underTest().user('chain')
    await user.create(certificates, 'intermediate', {
      spec: { isCA: true, commonName: 'Intermediate', secretName: 'ca', privateKey: quickKey, issuerRef: clusterCa },
    })
    await user.create(issuers, 'ca', { spec: { ca: { secretName: 'ca' } } })
    await requests.createApproved('chained', { signerName: 'issuers.cert-manager.io/chain.ca' })
    const { chain, leaf } = await requests.untilSigned('chained')
    expect(leaf.issuer).toBe('CN=Intermediate')
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  })

  test.each<[title: string, reason: string, duration: string]>([
    ['that is none', 'ErrorParseDuration', 'a week'],
    ['below ten minutes', 'InvalidDuration', '9m'],
  ])('with a duration %s has failed', async (_title, reason, duration) => {
    const name = reason.toLowerCase()
    await requests.createApproved(name, { ...fromClusterCa, annotations: { 'experimental.cert-manager.io/request-duration': duration } })
    expect(await requests.untilFailed(name)).toMatchObject({ status: 'True', reason, message: expect.stringMatching(/.{20}/) })
    expect(await requests.untilEvent(name, reason)).toMatchObject({ type: 'Warning' })
    expect((await requests.get(name)).status?.certificate).toBeUndefined()
  })

  test('waits for its issuer, and is signed once the issuer is there and ready', async () => {
    const user = await underTest().user('late')
    await requests.createApproved('late', { signerName: 'issuers.cert-manager.io/late.ca' })
    expect(await requests.untilEvent('late', 'IssuerNotFound')).toMatchObject({
      type: 'Warning',
      message: expect.stringContaining('late/ca'),
    })
    await user.create(issuers, 'ca', { spec: { ca: { secretName: 'ca' } } })
    await requests.untilEvent('late', 'IssuerNotReady')
    await user.create(secrets, 'ca', { data: (await newTestCa({ name: 'Late CA' })).secretData })
    expect((await requests.untilSigned('late')).leaf.issuer).toBe('CN=Late CA')
  })
})

describe('a signing request that is not ours to sign', () => {
  test('because nobody has approved it waits and says so, and is signed once somebody does', async () => {
    await requests.create('undecided', fromClusterCa)
    expect(await requests.untilEvent('undecided', 'WaitingApproval')).toMatchObject({ type: 'Normal' })
    expect((await requests.get('undecided')).status?.certificate).toBeUndefined()
    await requests.approve('undecided')
    await requests.untilSigned('undecided')
  })

  test('because it was denied, or because its signer is another, stays as it is', async () => {
    await requests.create('denied', fromClusterCa)
    await requests.deny('denied')
    await requests.createApproved('foreign', { signerName: 'issuers.example.com/default.ca' })
    // Asked for later and signed: whatever was to become of the two has happened.
    await requests.createApproved('later', fromClusterCa)
    await requests.untilSigned('later')
    await requests.untilEvent('later', 'CertificateIssued')
    expect((await requests.get('denied')).status).toEqual({ conditions: [expect.objectContaining({ type: 'Denied' })] })
    expect((await requests.get('foreign')).status).toEqual({ conditions: [expect.objectContaining({ type: 'Approved' })] })
    expect(await requests.eventsAbout('foreign')).toEqual([])
  })
})

describe('a signing request for the Issuer of a namespace', () => {
  beforeAll(async () => {
    const user = await underTest().user('guarded')
    await user.create(secrets, 'ca', { data: (await newTestCa()).secretData })
    await user.create(issuers, 'ca', { spec: { ca: { secretName: 'ca' } } })
    await user.until(issuers, 'ca', ({ status }) => conditionOf(status, 'Ready')?.status === 'True')
    await underTest().testbed.apply(guardedRoles)
  })
  const signerName = 'issuers.cert-manager.io/guarded.ca'

  test.each(['nobody', 'neighbor'])('has failed when %s asks, who may not reference it', async (as) => {
    await requests.createApproved(`of-${as}`, { signerName, as })
    expect(await requests.untilFailed(`of-${as}`)).toMatchObject({
      reason: 'DeniedReference',
      message: expect.stringContaining('guarded/ca'),
    })
    expect(await requests.untilEvent(`of-${as}`, 'DeniedReference')).toMatchObject({ type: 'Warning' })
    expect((await requests.get(`of-${as}`)).status?.certificate).toBeUndefined()
  })

  test.each<[as: string, asGroup: string]>([
    ['alice', 'system:authenticated'],
    ['bob', 'team'],
  ])('is signed when %s of the group %s asks, who may', async (as, asGroup) => {
    await requests.createApproved(`of-${as}`, { signerName, as, asGroup })
    await requests.untilSigned(`of-${as}`)
  })

  test('of nobody is signed by a ClusterIssuer, which is for everybody', async () => {
    await requests.createApproved('of-nobody-cluster', { ...fromClusterCa, as: 'nobody' })
    await requests.untilSigned('of-nobody-cluster')
  })
})

describe('a signing request for a self-signed issuer', () => {
  const keyAnnotation = 'experimental.cert-manager.io/private-key-secret-name'

  test('waits for the Secret with its key and is then signed with it', async () => {
    const user = await underTest().user('own')
    await user.create(issuers, 'self-signed', { spec: { selfSigned: {} } })
    const { key, csr } = await newCsr(['own.example.com'])
    await requests.createApproved('own', {
      signerName: 'issuers.cert-manager.io/own.self-signed',
      csr,
      annotations: { [keyAnnotation]: 'key' },
    })
    expect(await requests.untilEvent('own', 'SecretNotFound')).toMatchObject({ type: 'Warning' })
    await user.create(secrets, 'key', { data: { 'tls.key': base64('garbage') } })
    await requests.untilEvent('own', 'ErrorParsingKey')
    await user.edit(secrets, 'key', { data: { 'tls.key': base64(key) } })
    const { chain, leaf } = await requests.untilSigned('own')
    expect(leaf.issuer).toBe('CN=own.example.com')
    expect(leaf.verify(leaf.publicKey)).toBe(true)
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
  })

  test('that is a ClusterIssuer finds the key in the cluster resource namespace', async () => {
    const { key, csr } = await newCsr(['cluster.example.com'])
    await underTest().testbed.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'cluster-key', namespace: 'cert-manager' },
        data: { 'tls.key': base64(key) },
      }),
    )
    await requests.createApproved('cluster', {
      signerName: 'clusterissuers.cert-manager.io/self-signed',
      csr,
      annotations: { [keyAnnotation]: 'cluster-key' },
    })
    expect((await requests.untilSigned('cluster')).leaf.issuer).toBe('CN=cluster.example.com')
  })

  test.each<[title: string, reason: string, annotations: Readonly<Record<string, string>>]>([
    ['does not name a Secret', 'MissingAnnotation', {}],
    ['was made with another key', 'ErrorKeyMatch', { [keyAnnotation]: 'root' }],
  ])('has failed when it %s', async (_title, reason, annotations) => {
    const name = reason.toLowerCase()
    await requests.createApproved(name, { signerName: 'clusterissuers.cert-manager.io/self-signed', annotations })
    expect(await requests.untilFailed(name)).toMatchObject({ reason })
    expect(await requests.untilEvent(name, reason)).toMatchObject({ type: 'Warning' })
  })
})

leavesNothingBehind(underTest)

async function clusterSecret(name: string) {
  const secret = await underTest().cluster.get(secrets, { namespace: 'cert-manager', name }, new AbortController().signal)
  if (secret === undefined) throw new Error(`Secret cert-manager/${name} does not exist`)
  return secret
}

function lifetimeOf({ validFrom, validTo }: { readonly validFrom: string; readonly validTo: string }): number {
  return Date.parse(validTo) - Date.parse(validFrom)
}

/** All may ask; alice may reference the Issuer by its name, the team all of the namespace, the neighbor another one. */
const guardedRoles = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: asks}
rules:
  - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create, get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: asks}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: asks}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}
  - {apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}
  - {apiGroup: rbac.authorization.k8s.io, kind: User, name: neighbor}
  - {apiGroup: rbac.authorization.k8s.io, kind: User, name: nobody}
${[
  { user: 'alice', kind: 'User', names: '[ca]' },
  { user: 'team', kind: 'Group', names: '' },
  { user: 'neighbor', kind: 'User', names: '[other]' },
]
  .map(
    ({ user, kind, names }) => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ${user}, namespace: guarded}
rules:
  - {apiGroups: [cert-manager.io], resources: [signers], verbs: [reference]${names === '' ? '' : `, resourceNames: ${names}`}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${user}, namespace: guarded}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${user}}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: ${user}}
`,
  )
  .join('')}
`
