import { generateKeyPairSync } from 'node:crypto'
import { createAcmeClient, type AcmeClient } from '../../src/acme/client.ts'
import { issuers } from '../../src/crds/resources.ts'
import { accountKeyHash } from '../../src/issuers/acme/account-key.ts'
import { computedName } from '../../src/issuers/acme/computed-name.ts'
import { challengeSpecShape, orderSpecShape } from '../../src/issuers/acme/name-shapes.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { certManager, issuedRequest, issuedSecret, nextKeySecret, ownedBy, pendingRequest } from './left-by-cert-manager.ts'
import { readyCertificate, readyIssuer, request } from './left-by-cert-manager.ts'
import type { Left, LeftPair, Owner } from './left-by-cert-manager.ts'
import { apply, issuerRef, ownerOf, pairFrom, type Place } from './left-place.ts'
import { base64 } from './stored.ts'

const signal = new AbortController().signal

/** An account that the CA knows, with its key as cert-manager keeps it. */
export async function leaveAccount({ user, site, ca }: Place): Promise<AcmeClient> {
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
export async function leaveProven(place: Place): Promise<void> {
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
export async function leaveProving(place: Place, client: AcmeClient): Promise<void> {
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

function headYaml({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }, name: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}`
}

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
