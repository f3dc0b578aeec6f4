import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { createAcmeClient, type AcmeClient } from '../../src/acme/client.ts'
import type { CertificateRequest } from '../../src/crds/certificate-request.ts'
import { issuers } from '../../src/crds/resources.ts'
import { accountKeyHash } from '../../src/issuers/acme/account-key.ts'
import { computedName } from '../../src/issuers/acme/computed-name.ts'
import { challengeSpecShape, orderSpecShape } from '../../src/issuers/acme/name-shapes.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { DAY } from '../../src/lib/instant.ts'
import type { AcmeSite } from './acme-site.ts'
import type { ClusterUser } from './cluster-user.ts'
import {
  certManager,
  failedCertificate,
  issuedRequest,
  issuedSecret,
  nextKeySecret,
  ownedBy,
  pendingRequest,
} from './left-by-cert-manager.ts'
import { readyCertificate, readyIssuer, request, underWay } from './left-by-cert-manager.ts'
import type { Left, LeftPair, Owner } from './left-by-cert-manager.ts'
import { newCsr } from './signing-requests.ts'
import { base64 } from './stored.ts'
import { newTestCa, signRequest, type TestCa } from './test-ca.ts'

interface Place {
  readonly user: ClusterUser
  readonly site: AcmeSite
  readonly ca: TestCa
}

const signal = new AbortController().signal

/** Fills the namespace of a user as cert-manager leaves it: everything in the order, and by the field managers, in which it came to be. */
export async function leaveCluster(user: ClusterUser, site: AcmeSite): Promise<void> {
  const place = { user, site, ca: await newTestCa({ lifetime: 365 * DAY }) }
  await user.create(secrets, 'ca', { data: place.ca.secretData })
  await apply(place, { by: 'kubectl', yaml: usersYaml })
  await apply(
    place,
    readyIssuer('ca', { reason: 'KeyPairVerified', message: 'Signing CA verified' }),
    readyIssuer('self-signed', { reason: 'IsReady' }),
  )
  await apply(place, {
    by: certManager.shim,
    yaml: `${certificate('from-ingress', 'ca', ownedBy(await ownerOf(place, 'Ingress', 'shop')))}`,
  })
  await leaveIssued(place, 'web', 3)
  await leaveIssued(place, 'rich', 1, richSecret)
  await leaveIssued(place, 'from-ingress', 1)
  await leaveRenewing(place)
  await apply(place, failedCertificate('failed', Date.now()))
  const client = await leaveAccount(place)
  await leaveProven(place)
  await leaveProving(place, client)
}

type More = Partial<Parameters<typeof issuedSecret>[2]>

async function leaveIssued(place: Place, name: string, revision: number, more = (_pair: LeftPair): More => ({})): Promise<LeftPair> {
  const pair = await pairFrom(place.ca, `${name}.example`)
  const owner = await ownerOf(place, 'Certificate', name)
  const { csr } = pair
  const requestName = `${name}-${revision}`
  await apply(
    place,
    issuedSecret(name, pair, { issuer: 'ca', ...more(pair) }),
    request(requestName, owner, { issuer: 'ca', revision, keySecret: `${name}-abcde`, csr }),
    issuedRequest(requestName, pair),
    readyCertificate(name, pair, revision),
  )
  return pair
}

/** Stopped between the approval of a request and its signature. */
async function leaveRenewing(place: Place): Promise<void> {
  const current = await leaveIssued(place, 'renewing', 2)
  const next = await pairFrom(place.ca, 'renewing.example')
  const owner = await ownerOf(place, 'Certificate', 'renewing')
  await apply(
    place,
    nextKeySecret('renewing-x7k2p', owner, next),
    request('renewing-3', owner, { issuer: 'ca', revision: 3, keySecret: 'renewing-x7k2p', csr: next.csr }),
    pendingRequest('renewing-3', 'Referenced issuer does not have a Ready status condition'),
    readyCertificate('renewing', current, 2, underWay('renewing-x7k2p')),
  )
}

/** An account that the CA knows, with its key as cert-manager keeps it. */
async function leaveAccount({ user, site, ca }: Place): Promise<AcmeClient> {
  const accountKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const endpoint = { directoryUrl: site.acme.directoryUrl, caBundle: site.acme.caPem }
  const client = createAcmeClient({ endpoint, accountKey, userAgent: 'certwright-test/0', clock: systemClock })
  const { url } = await client.createAccount({ contact: [] }, signal)
  const key = accountKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  await user.create(secrets, 'account', { type: 'Opaque', data: { 'tls.key': base64(key) } })
  await user.create(issuers, 'acme', { spec: site.issuerSpec() })
  const message = 'The ACME account was registered with the ACME server'
  const status = `acme: {uri: "${url}", lastPrivateKeyHash: "${accountKeyHash(accountKey)}"}`
  await apply({ user, site, ca }, readyIssuer('acme', { reason: 'ACMEAccountRegistered', message }, status))
  return client
}

/** A finished order. */
async function leaveProven(place: Place): Promise<void> {
  const pair = { ...(await pairFrom(place.ca, 'proven.example')), ca: '' }
  const owner = await ownerOf(place, 'Certificate', 'proven')
  await apply(
    place,
    issuedSecret('proven', pair, { issuer: 'acme' }),
    request('proven-1', owner, { issuer: 'acme', revision: 1, keySecret: 'proven-abcde', csr: pair.csr }),
    issuedRequest('proven-1', pair),
    readyCertificate('proven', pair, 1),
  )
  const url = `${new URL(place.site.acme.directoryUrl).origin}/proven`
  await leaveOrder(
    place,
    'proven',
    pair,
    `{state: valid, url: "${url}", finalizeURL: "${url}/finalize", certificate: ${base64(pair.chain)}}`,
  )
}

/** Stopped while the challenge of an order was presented. */
async function leaveProving(place: Place, client: AcmeClient): Promise<void> {
  const pair = await pairFrom(place.ca, 'proving.example')
  const owner = await ownerOf(place, 'Certificate', 'proving')
  await apply(
    place,
    nextKeySecret('proving-b4zd6', owner, pair),
    request('proving-1', owner, { issuer: 'acme', revision: 1, keySecret: 'proving-b4zd6', csr: pair.csr }),
    pendingRequest('proving-1', 'Waiting on certificate issuance from order left/proving-1: "pending"'),
    provingYaml,
  )
  const acmeOrder = await client.createOrder({ identifiers: [{ type: 'dns', value: 'proving.example' }] }, signal)
  const [authorizationURL = ''] = acmeOrder.authorizations
  const authorization = await client.authorization(authorizationURL, signal)
  const offered = authorization.challenges.map(({ type, url, token }) => `{type: ${type}, url: "${url}", token: "${token}"}`)
  const authorizations = `[{url: "${authorizationURL}", identifier: proving.example, wildcard: false, initialState: pending, challenges: [${offered.join()}]}]`
  const status = `{state: pending, url: "${acmeOrder.url}", finalizeURL: "${acmeOrder.finalize}", authorizations: ${authorizations}}`
  const order = await leaveOrder(place, 'proving', pair, status)
  const challenge = authorization.challenges.find(({ type }) => type === 'http-01')
  if (challenge === undefined) throw new Error('the CA offers no http-01')
  const { url, token } = challenge
  await leaveChallenge(place, order, { url, token, authorizationURL, key: client.keyAuthorization(token) })
}

async function leaveOrder(place: Place, name: string, { csr }: LeftPair, status: string): Promise<Owner> {
  const owner = await ownerOf(place, 'CertificateRequest', `${name}-1`)
  const spec = { commonName: `${name}.example`, dnsNames: [`${name}.example`], issuerRef }
  const orderName = computedName(`${name}-1`, spec, orderSpecShape)
  const head = { apiVersion: 'acme.cert-manager.io/v1', kind: 'Order' }
  const yaml = `
${headYaml(head, orderName)}
  annotations: {cert-manager.io/certificate-name: ${name}, cert-manager.io/certificate-revision: "1", cert-manager.io/private-key-secret-name: ${name}-abcde}
  ${ownedBy(owner)}
spec: ${JSON.stringify({ ...spec, request: base64(csr) })}
`
  await apply(place, { by: certManager.orders, yaml })
  await apply(place, { by: certManager.orders, part: 'status', yaml: `${headYaml(head, orderName)}\nstatus: ${status}\n` })
  return ownerOf(place, 'Order', orderName)
}

async function leaveChallenge(
  place: Place,
  order: Owner,
  { key, ...parts }: Readonly<Record<'url' | 'token' | 'authorizationURL' | 'key', string>>,
): Promise<void> {
  const spec = { ...parts, dnsName: 'proving.example', wildcard: false, type: 'HTTP-01', solver: place.site.httpSolver, issuerRef }
  const name = computedName(order.name, spec, challengeSpecShape)
  const head = { apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge' }
  const yaml = `
${headYaml(head, name)}
  finalizers: [acme.cert-manager.io/finalizer]
  ${ownedBy(order)}
spec: ${JSON.stringify({ ...spec, key })}
`
  const status = `{processing: true, presented: true, state: pending, reason: "Waiting for HTTP-01 challenge propagation: wrong status code 404, expected 200"}`
  await apply(place, { by: certManager.orders, yaml })
  await apply(place, { by: certManager.challenges, part: 'status', yaml: `${headYaml(head, name)}\nstatus: ${status}\n` })
}

const issuerRef = { kind: 'Issuer', name: 'acme' }

function headYaml({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }, name: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}`
}

async function pairFrom(ca: TestCa, name: string): Promise<LeftPair> {
  const { key, csr } = await newCsr([name])
  const chain = await signRequest(ca, { spec: { request: base64(csr), issuerRef } } as CertificateRequest, 90 * DAY)
  return { key, csr, chain, ca: ca.certificate, leaf: new X509Certificate(chain) }
}

async function apply({ user, site }: Place, ...left: readonly Left[]): Promise<void> {
  for (const { by, part, yaml } of left) {
    const words = ['apply', '--server-side', `--field-manager=${by}`, `--namespace=${user.namespace}`, '-f', '-']
    const status = part === 'status' ? ['--subresource=status'] : []
    const { code, stderr } = await site.underTest.testbed.kubectl([...words, ...status], { input: yaml })
    if (code !== 0) throw new Error(`${stderr}\n${yaml}`)
  }
}

async function ownerOf({ user, site }: Place, kind: string, name: string): Promise<Owner> {
  const { stdout } = await site.underTest.testbed.kubectl(['get', `--namespace=${user.namespace}`, kind, name, '-o', 'json'])
  const { apiVersion, metadata } = JSON.parse(stdout) as { readonly apiVersion: string; readonly metadata: { readonly uid: string } }
  return { apiVersion, kind, name, uid: metadata.uid }
}

function certificate(name: string, issuer: string, metadata = '', spec = ''): string {
  return `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: ${name}
  ${metadata}
spec:
  secretName: ${name}
  commonName: ${name}.example
  dnsNames: [${name}.example]
  privateKey: {algorithm: ECDSA}
  issuerRef: {kind: Issuer, name: ${issuer}}
  ${spec}
`
}

const richSpec = `additionalOutputFormats: [{type: CombinedPEM}]
  keystores: {pkcs12: {create: true, profile: Modern2023, password: changeit}}
  secretTemplate: {labels: {team: shop}, annotations: {example.com/owner: jane}}`

const richSecret = ({ key, chain }: LeftPair): More => ({
  labels: 'team: shop',
  annotations: 'example.com/owner: jane',
  data: `keystore.p12: ${base64('a keystore')}\n  truststore.p12: ${base64('a truststore')}\n  tls-combined.pem: ${base64(`${key}\n${chain}`)}`,
})

const provingYaml: Left = {
  by: certManager.trigger,
  part: 'status',
  yaml: `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: proving}
status:
  nextPrivateKeySecretName: proving-b4zd6
  conditions:
    - {type: Ready, status: "False", reason: DoesNotExist, message: Issuing certificate as Secret does not exist, observedGeneration: 1, lastTransitionTime: "2026-01-02T00:00:00Z"}
    - {type: Issuing, status: "True", reason: DoesNotExist, message: Issuing certificate as Secret does not exist, observedGeneration: 1, lastTransitionTime: "2026-01-02T00:00:00Z"}
`,
}

/** What people applied. */
const usersYaml = `
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: ca}
spec: {ca: {secretName: ca}}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: self-signed}
spec: {selfSigned: {}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations: {cert-manager.io/issuer: ca, cert-manager.io/common-name: from-ingress.example, cert-manager.io/private-key-algorithm: ECDSA}
spec:
  tls: [{hosts: [from-ingress.example], secretName: from-ingress}]
  defaultBackend: {service: {name: shop, port: {number: 80}}}
${[
  certificate('web', 'ca'),
  certificate('rich', 'ca', '', richSpec),
  certificate('renewing', 'ca'),
  certificate('failed', 'self-signed'),
  certificate('proven', 'acme'),
  certificate('proving', 'acme'),
]
  .map((yaml) => `---${yaml}`)
  .join('')}---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: elsewhere}
spec:
  secretName: elsewhere
  dnsNames: [elsewhere.example]
  issuerRef: {group: certmanager.step.sm, kind: StepIssuer, name: step}
`
